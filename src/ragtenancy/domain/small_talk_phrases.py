"""The phrases of small talk, by language: a table, kept in one place so that languages compare."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ragtenancy.domain.languages import Language


class Phrases(Struct, frozen=True, kw_only=True):
    """What people say in one language: a phrase a line, in lower case and without accents.

    `(a|b)` is a choice, `(a )?` may be left out; words are whole, so that typing errors can be
    told. `filler` may stand between the others, and says nothing alone.
    """

    greeting: str
    thanks: str
    goodbye: str
    identity: str = ""
    ability: str = ""
    documents: str = ""
    acknowledgement: str = ""
    filler: str = ""


PHRASES: Mapping[Language, Phrases] = {
    Language.ENGLISH: Phrases(
        greeting="""
            (hi|hello|hey|hiya|howdy|yo|hallo|greetings|heya)
            (a )?(very )?good (morning|afternoon|evening|day)( to you)?
            (morning|evening)
            how (are|is|r) (you|u|it going|things|everything|your day|life)( doing| going)?( today)?
            how do you do
            hows (it|it going|things|everything|your day|life)( going)?( today)?
            (whats up|sup|wassup)
            (nice|pleased|good|great) to (meet|see) you( too| again)?
            i hope (you are|youre|all is) (doing )?(well|fine)
            (is )?(anybody|anyone|somebody|someone) (there|here|home)
            (are )?you there
            hello world
            happy to be here""",
        thanks="""
            (many |much |ok )?(thanks|thx|thnx|tnx|ty|ta|tysm|cheers|thankyou|thank you|thank u)
            (so |very |ever so )(much|kindly|very much)
            (a lot|a bunch|a million|a ton|loads|again|alot|much|in advance|anyway|mate|man|buddy)
            for (your|the|all your|all the|all of your|this|that|all)( quick| great| kind| fast)?( (help|info|information|answer|answers|reply|response|explanation|support|assistance|time|clarification|advice|tip|hint|effort|patience))?
            for (helping|explaining|answering|clarifying|asking|sharing|letting me know|clearing that up)( me| us| that| this| it| out| me out)*
            (that|this|it|you)( really| all| actually)? (helps|helped|worked|works)( me)?( a lot| a great deal| so much| perfectly| well)?
            (that|this|it)( was|s| is)( very| really| so| super| extremely| most)? (helpful|useful)
            (thats|youre|thatis)( very| really| so| super| extremely| most| all)? (helpful|useful|great|awesome|amazing|the best)
            you (are|were)( very| really| so| super| a| an)* (helpful|great|awesome|amazing|the best|star|lifesaver|kind)
            (you have been|youve been|you were|you rock)( very| really| so)*( helpful| kind)?
            very (helpful|useful)
            (helpful|useful)
            (i )?(really )?appreciate (it|that|your help|the help)( a lot| very much)?
            (much|greatly) appreciated
            (much obliged|very kind|so kind)( of you)?
            (thats|that is|how) (very |so |really )?kind( of you)?
            i am grateful
            (good|great|nice|excellent|amazing) (job|work|bot|answer|explanation|help)
            well done
            (thats |that is |that was )?(just |exactly )?what i (needed|wanted|was looking for|wanted to know)
            (that|this) (answers|answered|solves|solved) (my|the) (question|questions|problem)""",
        goodbye="""
            (bye|goodbye|good bye|byebye|cya|farewell|cheerio|toodles)( for now)?( then)?
            (that is|thats|this is|that was) (all|it|everything)( i (need|needed|wanted))?( to know)?( from me| for now| for today| then)?
            (that|this) will (do|be all)( for now| for today| then)?
            have a good one
            good night
            see (you|u|ya)( again)?( later| soon| tomorrow| around| then| next time| next week| on monday)?
            (talk|speak) to (you|u|ya) (later|soon|tomorrow)
            (catch you later|laters)
            (ttyl|gtg|brb)
            until (next time|tomorrow|then|later|we meet again)
            take care( of yourself)?
            have (a|an|yourself a)( very| really)? (nice|good|great|lovely|wonderful|pleasant|fantastic|excellent|beautiful|relaxing|fine) (day|evening|weekend|night|afternoon|morning|time|one|week|rest of your day|holiday)( ahead| too)?
            enjoy (your|the|the rest of your) (day|evening|weekend|night|afternoon)
            (nice|lovely|great|good|happy|pleasant) (weekend|holiday|holidays|week|vacation|trip)( everyone| all| to you)?
            (happy|merry) (christmas|easter|new year)
            (speak|talk) (soon|later|tomorrow)
            (no |nope |nothing )?(that|this) (is|was|will be|would be) (all|it|everything)( i (need|needed|wanted|needed to know|wanted to know|have))?( for (now|today|the moment))?
            (no |nope |nothing )?thats (all|it|everything)( i (need|needed|wanted|needed to know|wanted to know|have))?( for (now|today|the moment))?
            (im|i am|were|we are) (done|off|finished|leaving|out)( here| now| for (now|today))?
            (i have to|i have got to|ive got to|ive to|i gotta|gotta|i must|i need to) (go|run|leave)( now)?
            (i have |ive )?(no|no more|no further|no other) questions( for (now|today))?
            nothing else
            so long""",
        identity="""
            (and )?who( exactly)? (are|r) (you|u)( exactly| really| again)?
            whore you
            what (exactly )?are you( exactly| really)?
            (who|what) am i (talking|speaking|chatting|writing) (to|with)
            (am i|are we|is this) (talking |speaking |chatting |writing )?((to|with) )?(a|an)( real| live)? (bot|robot|human|person|machine|ai|computer|chatbot|chat bot|assistant)
            (so )?are you( really| actually)?( an| a)?( real| actual| live| living)? (bot|robot|human|human being|person|people|machine|ai|computer|chatbot|chat bot|real|chatgpt|gpt|claude|llm|language model|program|artificial intelligence|virtual assistant|assistant|alive)
            (is|are) (there|you) a (real )?(human|person) (there|here)
            (whats|what is|may i (ask|know)|can i (ask|know)) your name
            (do you have|have you got) a name
            what (should|can|do|shall) i call you
            what are you called
            (please )?(can you |could you )?(tell me|say) (something |a bit |a little |more )?about yourself
            (please )?(can you |could you )?introduce yourself
            who (made|built|created|developed|programmed|trained|wrote) you
            (what|which) (ai|model|language model|ai model|llm) are you( using)?
            (what|which) (ai|model|language model|ai model|llm) do you use
            what (kind|sort|type) of (bot|assistant|ai|chatbot|thing) are you
            (what is|who is|whats|whos) this (bot|assistant|chatbot|chat)( for| about)?""",
        ability="""
            what( else| all)? (can|could) you( actually)? do( for (me|us))?( here)?
            what (do you|you) (actually )?do( here)?
            what( else)? are you (able to do|capable of|good at|for|good for|here for|made for)
            (so )?(how|what) (can|could|do|will|would|might) you (help|assist|support)( me| us)?( with)?( today| here)?
            (can|could|will|would) you (please )?(help|assist)( me| us)?( out)?( please| with something| with a question| with my questions)?
            (help|help me|help us|help needed)( please| out)?
            (i|we) (really )?(need|want|could use|would like)( some| a little| a bit of| your)? (help|assistance)
            what( else)? (can|could|should|may|do) i ask( you)?( about| here)?
            (what|which) (kind|kinds|sort|sorts|type|types) of (questions|question|things|stuff|topics) (can|could|should|may) (i ask|you answer|you help with|you do|you help me with)( you)?( about)?
            (what|which) (questions|topics|things|subjects|tasks) (can|could|should|may) (i ask|you answer|you help with|you do|you help me with|you handle)( you)?( about)?
            can i ask( you)?( something| a question| questions| anything| some questions)
            (can|do) you answer( my)? questions
            i have a question
            how (do|can|should) i (use|work with|talk to|interact with) (you|this chat|this bot|this assistant|this chatbot)
            how do you work
            (what are|tell me|show me|list|what about) your (capabilities|features|skills|functions|abilities|strengths|options|commands)
            what are you for
            what( else| sort of things| kind of things)? can you tell( me| us)?( about)?
            what can (i|we) (use you for|find here|find out here|do here|learn here)
            what do you have information (on|about)
            what (is|are) your (purpose|job|role|function|task|tasks)
            whats your (purpose|job|role|function|task)""",
        documents="""
            (which|what)( kind of| kinds of| sort of| type of| types of| other| all the)? (documents|files|docs|document|sources|manuals|texts|papers) (do you|you|can you|did you|have you|do we|are you) (know|have|use|see|hold|cover|contain|read|got|seen|access|search|work with|rely on|look at|look through|consult|offer|based on|using|trained on|have access to|know about|have available|know of|know anything about|hear of)( about| of| from| here| available| access to| loaded| stored| in here| in total)?
            (which|what)( kind of| kinds of| sort of)? (information|info|data|topics|subjects|knowledge|things) do you (know|have|cover|contain|have access to|know about)
            (which|what)( kind of| kinds of)? (documents|files|docs|sources|manuals|texts|papers) (are|have been|were)( currently| all)? (there|available|loaded|uploaded|stored|indexed|here|in here|in there|known to you|in the system|in your system|in your database|in your knowledge base|in your index|at your disposal)( here| in the system| to you| so far| now| for you)?
            (which|what)( kind of| kinds of)? (documents|files|docs|sources|manuals) (have i|have we|did i|did we) (uploaded|upload|added|add|given you|give you)( so far| here)?
            (which|what)( kind of| kinds of)? (documents|files|docs|sources|manuals) can (i|we|you) (ask|search|ask about|ask you about|read|see|access|use|find here|find)( about| in| here)?
            (please )?(can you |could you |would you )?(please )?(list|show|name|tell)( me| us)?( all| all of)?( the| your| my| available| uploaded| our)+ (documents|files|docs|sources)( please| you (have|know|can see|can access|know about|have access to)| that you (have|know|can see)| available| names)?
            (please )?(list|show|name)( me| us)?( all)? (documents|files|docs|sources)( please| you (have|know|can see|can access|know about)| available)?
            what( all| exactly| else)? do you( actually)? know( about)?
            what do you have access to
            (what|whats|what is) in (here|there|your documents|your files|your database|your knowledge base|your index|the documents|the database|the knowledge base|the system)
            (what are|where are|tell me|show me) your( data)? sources
            where (do|did) you (get|take|have) your (information|answers|knowledge|data|facts)( from)?
            where does your (information|knowledge|data) come from
            what (is|are) (your knowledge|your answers|you) based on
            whats your knowledge based on
            what do you know about( me)?
            how many (documents|files|docs|sources) (do you (know|have|see)|are there|can you see)( about| here)?
            (do you|can you) (have|know|see)( any| some| the| my| our| all| all the)* (documents|files|docs)""",
        acknowledgement="""
            (ok|okay|okey|okidoki|okie|oki|okey dokey|alright|all right|alrighty|right then|all good)
            (got|gotcha)( it| that)?
            (i )?(see|understand|understood|get it|got it)( now)?
            (very |really |pretty |all |so |quite )?(good|great|nice|cool|perfect|awesome|excellent|super|wonderful|fantastic|amazing|brilliant|lovely|wow|interesting|impressive|neat|superb)( one| then)?
            (that|this|it|thats|sounds|thats all|its)( is| was| sounds| looks| makes)?( very| really| all| so| quite)? (good|great|nice|cool|perfect|awesome|excellent|super|wonderful|fantastic|amazing|brilliant|lovely|clear|fine|interesting|impressive|sense)( to me| to know)?
            (good|great|nice) to (know|hear)
            makes sense
            (im|i am) (good|fine|ok|okay|well|happy)( now| with that| then)?
            no problem
            (no worries|not a problem|never mind|nevermind)
            (yes|yep|yeah) (thanks|thank you|perfect|great|got it)
            no (thanks|thank you)
            (haha|hahaha|lol|hehe)""",
        filler="""
            (there|everyone|everybody|all|team|folks|guys|friend|friends|my friend|buddy|mate|man|sir|madam|bot|assistant|robot|chatbot|dear|dude|pal|again|you all|yall)
            (please|so|well|oh|ah|now|then|today|and|but|too|you too|same to you|likewise|indeed|for now|um|hmm|just)
            (excuse me|sorry|pardon)
            (a lot|very much|so much|again)""",
    ),
    Language.GERMAN: Phrases(
        greeting="""
            (hallo|hallochen|halli hallo|hi|hey|servus|moin|moin moin|moinsen|tach|huhu|gruezi)
            (einen )?(schonen )?(wunderschonen )?(guten|gute|gutn|guden) (tag|morgen|abend|nachmittag|mittag)
            (morgen|mahlzeit|gruss gott|gruss dich|gruss sie|gruss euch)
            wie (geht es|gehts|geht|lauft es|laufts)( dir| ihnen| euch| so)?( denn| heute)?
            alles (gut|klar|ok) (bei dir|bei ihnen)
            (schon|freut mich|nett|angenehm)( dich| sie)?( kennenzulernen| zu treffen)?
            ist (da )?(jemand|wer) (da|hier)
            (bist du|sind sie) da""",
        thanks="""
            (vielen |herzlichen |besten |schonen |tausend |lieben |ganz herzlichen )*(dank|danke|dankeschon|danke schon|dankeschoen|danke schoen|thx)
            (danke|dankeschon|dank) (sehr|vielmals|nochmal|nochmals|schon|dir|ihnen|euch|im voraus|auch|herzlich)
            danke fur (die|deine|ihre|alles|den|das|eure)( schnelle| gute| nette| tolle)?( (hilfe|info|infos|information|informationen|antwort|antworten|auskunft|erklarung|unterstutzung|muhe|tipps|ruckmeldung))?
            fur (die|deine|ihre|alles|den|das|eure)( schnelle| gute| nette| tolle)?( (hilfe|info|infos|information|informationen|antwort|antworten|auskunft|erklarung|unterstutzung|muhe|tipp|tipps|hinweis|ruckmeldung))?
            (ich )?(danke|bedanke mich)( dir| ihnen| euch)?( sehr| herzlich| recht herzlich)?
            (das|dies|es)( hat| war| ist)?( mir)?( sehr| wirklich| echt| total)*( weiter)? ?(hilft|geholfen|weitergeholfen|hilfreich|nutzlich)( mir)?( sehr| weiter| schon)*
            (sehr |wirklich |echt )?(hilfreich|nutzlich)
            (sehr |wirklich )?(nett|freundlich|lieb)( von dir| von ihnen)?
            (du bist|sie sind)( echt| wirklich| sehr)* (super|toll|klasse|spitze|hilfreich|der beste|die beste|ein schatz)
            (gut|super|toll|prima) gemacht
            genau das (wollte ich wissen|habe ich gesucht|habe ich gebraucht|suchte ich)
            (gute|tolle|super) (arbeit|antwort)""",
        goodbye="""
            (tschuss|tschuess|tschussi|tschau|tschussle|bye|adieu|pfiat di|uf wiederluege)( dann)?
            (auf )?(wiedersehen|wiederschauen|wiederhoren|bald|baldiges wiedersehen)
            (bis|wir sehen uns|wir horen uns)( zum)?( dann| bald| spater| morgen| nachste woche| nachsten mal| nachstes mal| die tage| demnachst| nachher)+
            (gute|eine gute|schone|schlaf) (nacht|gut)
            (mach|machs|machen sie es) (es )?gut
            (ich wunsche )?(dir |ihnen |euch |habt |hab )?(noch )?(einen |ein |eine |nen )?(noch )?(schonen|schones|schone|angenehmen) (tag|abend|nachmittag|feierabend|wochenende|woche|rest vom tag|urlaub|sonntag|morgen)( noch| dir| ihnen)?( auch)?
            (das|dies) (war|ist|ware)( dann| schon| auch)?( alles| es)( fur heute| fur jetzt| dann| schon)?
            (das|dies) wars( dann| schon| auch)?( fur heute| fur jetzt)?
            (ich habe )?keine( weiteren| anderen)? fragen( mehr)?
            (ich wunsche |dir |ihnen |euch |noch |einen )+(guten|gute) (tag|abend|woche|morgen)( noch)?
            guten feierabend
            ich muss( jetzt)? (los|weg|gehen)
            (lebe|leb|leben sie) wohl
            pass auf dich auf
            (viele|liebe|schone|beste|freundliche) grusse""",
        identity="""
            (und )?(wer|was)( genau)? (bist du|sind sie|seid ihr)( eigentlich| genau| denn| nochmal| uberhaupt)*
            mit wem (spreche|rede|chatte|schreibe|habe)( ich)?( hier| eigentlich| da| es zu tun)*
            (spreche|rede|chatte|schreibe) ich( hier| gerade)?( mit)? (einem|einer|einen)( echten)? (menschen|mensch|bot|roboter|maschine|ki|person|computer)
            (bist du|sind sie)( denn| eigentlich| wirklich)*( ein| eine| einen)?( echter| echte| richtiger| richtige| kunstliche)? (bot|roboter|mensch|maschine|ki|computer|chatbot|person|echt|chatgpt|programm|intelligenz|assistent|sprachmodell|menschlich)
            (wie|was) (heisst du|heissen sie|ist dein name|ist ihr name|lautet dein name|lautet ihr name)( eigentlich| denn)?
            (hast du|haben sie) einen namen
            wie (darf|soll|kann) ich (dich|sie) nennen
            (bitte )?(erzahl|erzahle|erzahlen sie|sag|sagen sie)( mir)?( bitte)?( etwas| was| mehr)? uber (dich|sie|sich)
            (bitte )?(stell|stelle|stellen sie) (dich|sich)( bitte)?( mal)? vor
            wer hat (dich|sie) (gemacht|gebaut|erschaffen|entwickelt|programmiert|trainiert)
            (welches|was fur ein) (modell|sprachmodell|ki modell)( bist du| nutzt du| verwendest du| sind sie)""",
        ability="""
            (und )?(was|wobei|womit|wie|bei was) (kannst du|konnen sie|kannst|konntest du|konnten sie)( alles| denn| eigentlich)*( fur mich| fur uns| mir| uns| mich)?( alles| denn| eigentlich| heute| dabei| hier)*( tun| machen| helfen| unterstutzen| weiterhelfen| behilflich sein)?( tun)?
            (was|wie) (machst du|machen sie|tust du|tun sie)( hier| eigentlich| so| denn)*
            (was|wozu|wofur) (bist du|sind sie)( eigentlich)?( da| gut| gedacht| gemacht)
            (kannst|konntest|konnen sie|konnten sie)( du)?( mir| uns)?( bitte| vielleicht| mal)*( helfen| weiterhelfen)
            (hilfe|hilf mir|helfen sie mir|hilf|hilfe bitte)( bitte)?
            ich (brauche|benotige|mochte|hatte gern)( etwas| deine| ihre)?( bitte)? hilfe
            (was|welche fragen|wonach|woruber|zu was|zu welchen themen)( alles)? (kann|darf|soll|konnte) ich( dich| sie| dir| ihnen)?( alles| denn| hier| so)*( fragen| stellen| etwas fragen)
            welche (fragen|themen|arten von fragen|aufgaben) (kannst du|konnen sie)( mir| alles)*( beantworten| abdecken| ubernehmen)?
            (kann|darf|konnte) ich( dich| sie| dir| ihnen)?( hier| mal)?( etwas| was| eine frage| fragen)( fragen| stellen)?
            ich (habe|hatte|hab) (eine|da eine|mal eine) frage
            wie (funktionierst du|funktionieren sie|benutze ich dich|bediene ich dich|nutze ich dich|arbeitest du)
            was (sind|ist) (deine|ihre|dein|ihr) (fahigkeiten|funktionen|aufgabe|aufgaben|funktion|zweck|moglichkeiten|starken)
            (welche|was fur) (fahigkeiten|funktionen|moglichkeiten) (hast du|haben sie|gibt es)""",
        documents="""
            (welche|was fur|welches|welche art von)( anderen| ganzen)? (dokumente|dateien|unterlagen|quellen|texte|handbucher|dokument) (kennst du|kennen sie|hast du|haben sie|nutzt du|nutzen sie|verwendest du|verwenden sie|siehst du|sehen sie|liegen dir vor|liegen ihnen vor|liegen vor|gibt es|gibt es hier|sind vorhanden|sind verfugbar|sind da|sind hier|sind geladen|sind hochgeladen|sind hinterlegt|sind gespeichert|deckst du ab|decken sie ab|stehen dir zur verfugung|stehen ihnen zur verfugung|stehen zur verfugung|kannst du lesen|kannst du sehen|kannst du durchsuchen|konnen sie durchsuchen|konnen sie lesen|kann ich durchsuchen|wurden hochgeladen|habe ich hochgeladen|haben wir hochgeladen|durchsuchst du|durchsuchen sie|beherrschst du)( alles| denn| hier| eigentlich| so| im system| zugriff)*
            welche (informationen|infos|themen|inhalte|daten) (kennst du|kennen sie|hast du|haben sie|deckst du ab|decken sie ab)( alles| denn| hier)?
            auf (welche|was fur) (dokumente|dateien|unterlagen|quellen|daten|informationen) (hast du|haben sie|kannst du|konnen sie|greifst du|greifen sie|stutzt du dich|stutzen sie sich|basierst du)( zugriff| zugreifen| zu| alles)*
            (was|woruber|wovon|uber welche dokumente|uber welche themen)( alles)? (weisst du|wissen sie|kennst du|kennen sie)( alles| denn| eigentlich| so| bescheid)*
            (bitte )?(zeig|zeige|zeigen sie|nenn|nenne|nennen sie|liste|listen sie)( mir| uns)?( bitte)?( mal)?( alle| die| deine| ihre| meine| alle deine| alle ihre| vorhandenen| verfugbaren)+ (dokumente|dateien|unterlagen|quellen)( auf)?( bitte| an| die du kennst| die du hast| die sie kennen)?
            (woher|aus welchen quellen) (hast du|haben sie|weisst du|stammt|kommt|kommen|stammen|beziehst du|nimmst du)( das| dein| deine| ihr| ihre)?( wissen| informationen| antworten| daten| infos)?
            (was sind|welche sind) (deine|ihre) (quellen|dokumente|datenquellen)
            worauf (basiert|stutzt sich|beruht) (dein|ihr) wissen
            wie viele (dokumente|dateien|unterlagen) (kennst du|hast du|gibt es|kennen sie|haben sie|sind da|sind vorhanden)( hier| denn)?
            was steht in (deinen|ihren|den) (dokumenten|unterlagen|dateien)""",
        acknowledgement="""
            (ok|okay|okee|alles klar|alles gut|klar|in ordnung|gut|sehr gut|super|prima|toll|klasse|perfekt|wunderbar|spitze|ausgezeichnet|hervorragend|cool|interessant|passt|gut zu wissen|genial|bestens|wow|grossartig|aha|achso|ach so)
            (ich )?(verstehe|verstanden|habs|habe es verstanden|hab verstanden|kapiert)
            (das|es)( ist| klingt| war| hort sich| passt)( sehr| ja| echt| doch)*( gut| super| prima| toll| klasse| perfekt| interessant| klar| an)*
            (kein problem|nein danke|ja danke|macht nichts|schon gut)""",
        filler="""
            (zusammen|alle|allerseits|ihr|du|leute|team|bot|assistent|lieber bot|mein freund|nochmal|wieder|da|dort)
            (bitte|so|also|dann|nun|ja|na|und|auch|ebenso|ebenfalls|gleichfalls|dir auch|ihnen auch|euch auch|erstmal|jetzt|mal)
            (entschuldigung|sorry|verzeihung)
            (sehr|vielmals)""",
    ),
    Language.FRENCH: Phrases(
        greeting="""
            (bonjour|bonsoir|salut|coucou|allo|hello|rebonjour|bjr|bon matin|hey|bien le bonjour)
            (comment )?(ca va|allez vous|vas tu|vastu|allezvous|tu vas|vous allez)( bien)?( aujourdhui)?
            (quoi de neuf|la forme)
            (enchante|enchantee|ravi|ravie)( de vous rencontrer| de te rencontrer| de faire votre connaissance)?
            (il y a|ya til|y a til|y a t il) quelquun( ici| la)?""",
        thanks="""
            (un )?(grand |tres grand )?(merci|mille mercis|mille merci|grand merci|mrci)( bien| beaucoup| infiniment| mille fois| encore| enormement| a vous| a toi| davance| tout plein| bcp)*
            merci (bien )?(pour|de) (votre|ton|ta|cette|ces|vos|tes|tout|la|le|les|lexplication|linformation|laide|linfo)( (aide|reponse|reponses|information|informations|infos|explication|explications|reactivite|precision|precisions|temps|renseignement|renseignements|patience|soutien))?
            je (vous|te) remercie( beaucoup| infiniment| bien)?
            (cest|c est|ca|cela)( ma| m a| mavez| maide)?( est| etait)?( tres| vraiment| bien| super)*( aide| utile| gentil| sympa| aimable| parfait)( beaucoup| bien)?
            (ca|cela) (maide|m aide|aide)( beaucoup| bien)?
            (tres |vraiment )?(utile|aimable|gentil)
            (tu es|vous etes)( tres| vraiment| trop)* (gentil|utile|super|genial|geniale|formidable|sympa|efficace)
            (beau|bon|excellent|super) (travail|boulot)
            bien joue
            cest (exactement )?ce (que je cherchais|quil me fallait|que je voulais)""",
        goodbye="""
            (au revoir|aurevoir|adieu|bye|tchao|a plus|a plus tard|a bientot|a demain|a la prochaine|a tout a lheure|a tres bientot|a tout de suite|a la semaine prochaine|a lundi|a toute)
            (je vous souhaite |je te souhaite |passez |passe |et )?(une |un )?(tres )?(bonne|bon|excellente|excellent|belle|agreable) (journee|soiree|nuit|fin de journee|apres midi|apresmidi|week end|weekend|semaine|continuation|vacances|fin de semaine)( a vous| a toi| aussi| egalement)?
            (portez vous|portezvous|porte toi|portetoi|prenez soin de vous|prends soin de toi)( bien)?
            (cest|ce sera|ca sera)( bien)? tout( pour (aujourdhui|le moment|linstant|moi))?
            (je nai )?(plus|pas|pas dautres|plus dautres|aucune autre)( de| d)? ?questions?
            (je dois|il faut que je|je vais) (y aller|partir|filer|vous laisser|te laisser)
            on se (voit|reparle)( plus tard| bientot| demain)?""",
        identity="""
            (mais |et )?(qui es tu|qui etes vous|qui estu|qui etesvous|qui tu es|qui vous etes|tu es qui|vous etes qui)( au juste| exactement| donc| vraiment)?
            (quest ce que tu es|questce que tu es|quest ce que vous etes|questce que vous etes|tu es quoi|vous etes quoi)
            a qui (je parle|ai je affaire|aije affaire|est ce que je parle|estce que je parle|parle je|suis je en train de parler)
            (est ce que |estce que )?(tu es|es tu|estu|etes vous|etesvous|vous etes|je parle a|je parle avec|cest)( bien| vraiment)?( un| une)?( vrai| vraie| veritable)? (robot|bot|humain|humaine|machine|ia|personne|ordinateur|chatbot|reel|chatgpt|programme|assistant|intelligence artificielle|etre humain)
            (comment|quel est) (tappelles tu|tu tappelles|vous appelez vous|vous vous appelez|vous appelezvous|tappellestu|votre nom|ton nom|dois je tappeler|dois je vous appeler|puis je vous appeler)
            (cest quoi|quel est|as tu|avez vous)( ton| votre| un)? (nom|prenom)
            (presente toi|presentetoi|presentez vous|presentezvous|parle moi de toi|parlez moi de vous|parlezmoi de vous|parlemoi de toi)( sil te plait| sil vous plait)?
            qui (ta|t a|vous a) (cree|fait|programme|developpe|concu|creee)
            (quel|quelle) (modele|ia)( de langage)? (es tu|etes vous|utilises tu|utilisez vous)""",
        ability="""
            (que|qu) (peux tu|pouvez vous|peuxtu|pouvezvous|sais tu|savez vous|saistu|savezvous|puis je|puisje)( me| nous| vous| te)?( faire| demander| dire)( pour moi| pour nous| ici)?
            (quest ce que|questce que|quoi|cest quoi ce que) (tu peux|vous pouvez|tu sais|vous savez|je peux|tu fais|vous faites)( te| vous| me)?( faire| demander)?( pour moi| pour nous| ici)?
            (tu peux|vous pouvez|tu sais) faire quoi
            (comment|en quoi|dans quoi|a quoi) (peux tu|pouvez vous|peuxtu|pouvezvous|tu peux|vous pouvez|pourriez vous|pourrais tu)( m| me| nous)? ?(aider|maider|etre utile|servir)( aujourdhui)?
            (peux tu|pouvez vous|peuxtu|pouvezvous|tu peux|vous pouvez|pourriez vous|pourrais tu|pourriezvous|est ce que tu peux|est ce que vous pouvez)( m| me| nous)? ?(aider|maider)( sil te plait| sil vous plait)?
            (aide|aidez moi|aide moi|aidezmoi|aidemoi|a laide|au secours|de laide)( sil te plait| sil vous plait)?
            (jai|j ai|nous avons) besoin (daide|d aide|de votre aide|de ton aide|dun coup de main)
            (quelles|quel|quels|quelle|quel genre de|quels types de|quelle sorte de|quel type de) ?(questions|question|sujets|choses|type de questions|genre de questions)? (puis je|puisje|je peux|peux tu|pouvez vous|est ce que je peux)( vous| te| poser| me)*( poser| demander| repondre| traiter| aborder)?
            (jai|j ai) une( petite)? question
            (puis je|puisje|je peux|est ce que je peux|pourrais je)( vous| te)? (poser|demander)( une question| des questions| quelque chose| quelquechose)
            (comment|tu) (fonctionnes tu|fonctionnez vous|tu fonctionnes|vous fonctionnez|fonctionnes|fonctionnes)
            (quelles sont|quels sont|quel est|quelle est) (tes|vos|ton|votre|ta) (capacites|fonctions|fonctionnalites|competences|role|but|fonction|mission|utilite)
            a quoi (sers tu|servez vous|tu sers|vous servez|serstu|servezvous)""",
        documents="""
            (quels|quelles|quel|quelle sorte de|quels types de|quel type de) ?(documents|fichiers|sources|textes|manuels|document)( est ce que| estce que)? (connais tu|connaissez vous|connaissezvous|connaistu|tu connais|vous connaissez|as tu|avez vous|astu|avezvous|tu as|vous avez|utilises tu|utilisez vous|sont disponibles|sont charges|sont la|sont ici|sont presents|il y a|y a til|y a t il|peux tu lire|pouvez vous lire|peux tu consulter|pouvez vous consulter|consultes tu|consultez vous|puis je consulter|couvres tu|couvrez vous|maitrises tu|ont ete charges|ont ete importes|sont indexes)( ici| a disposition| en memoire| a ta disposition| a votre disposition| dans ta base| dans votre base| acces)*
            (quels|quelles) (informations|sujets|themes|donnees) (connais tu|connaissez vous|as tu|avez vous|couvres tu|couvrez vous|tu connais|vous connaissez)
            a (quels|quelles) (documents|fichiers|sources|donnees|informations) (as tu acces|avez vous acces|avezvous acces|astu acces|tu as acces|vous avez acces)
            (que|qu) (sais tu|savez vous|saistu|savezvous|connais tu|connaissez vous)( exactement)?
            (quest ce que|questce que) (tu sais|vous savez|tu connais|vous connaissez|tu as comme documents|vous avez comme documents)
            (montre|montrez|liste|listez|donne|donnez|affiche|affichez|enumere)( moi| nous)?( la liste de| la liste des)?( tous)?( les| tes| vos| mes)? ?(documents|fichiers|sources)( disponibles| que tu connais| que vous connaissez| que tu as| sil te plait| sil vous plait)*
            (dou|d ou|ou) (viennent|tires tu|tirez vous|trouves tu|trouvez vous|tiens tu|viennent tes|proviennent)( tes| vos| les)? ?(informations|reponses|donnees|connaissances|infos)
            (quelles sont|quels sont) (tes|vos) (sources|documents|connaissances)
            (combien de) (documents|fichiers) (connais tu|as tu|avez vous|y a til|y a t il|connaissez vous|il y a)
            (tu connais quoi|vous connaissez quoi|tu as quels documents|vous avez quels documents|tu as quoi comme documents|vous avez quoi comme documents)
            sur quoi (te bases tu|vous basez vous|es tu base)""",
        acknowledgement="""
            (ok|okay|daccord|d accord|dac|entendu|compris|jai compris|je vois|je comprends|parfait|super|genial|excellent|cool|formidable|nickel|tres bien|bien|impeccable|magnifique|ca marche|bon|bonne idee|interessant|ah bon|ah|wow|tant mieux|bravo|fantastique|cest note|chouette|merveilleux)
            (cest|c est|ca a lair)( tres| vraiment| bien)*( parfait| super| genial| clair| bien| bon| cool| note| interessant| compris)
            (pas de probleme|pas de souci|non merci|oui merci|de rien)""",
        filler="""
            (a tous|tout le monde|a toutes|monsieur|madame|lequipe|mon ami|cher assistant|robot|assistant|les amis|a vous|a toi|vous|toi)
            (sil te plait|sil vous plait|svp|stp|alors|donc|et|bien|bon|oui|aussi|egalement|de meme|pareillement|encore|maintenant)
            (excusez moi|excusezmoi|pardon|desole|desolee)
            (beaucoup|bien)""",
    ),
    Language.SPANISH: Phrases(
        greeting="""
            (hola|holi|holaa|buenas|wenas|hey|saludos|que onda|que hay|alo|hola hola|muy buenas)
            (muy )?(buenos|buenas|buen) (dias|tardes|noches|dia)
            (que tal|como estas|como esta|como esta usted|como te va|como le va|como va|como va todo|que pasa|como andas|como vamos|que tal estas|que tal todo)( hoy)?
            (mucho gusto|encantado|encantada|un placer|es un placer)( de conocerte| en conocerte| conocerte| de conocerle)?
            hay alguien( ahi| aqui)?
            (estas|esta) ahi""",
        thanks="""
            (muchas |muchisimas |mil |un millon de |ok )?(gracias|grcias|grax)( de nuevo| de antemano| otra vez| a ti| a usted| amigo| igualmente)*
            gracias por (tu|su|la|el|todo|toda la|tu gran|los|las|responder|ayudarme|explicarme|explicar|contestar|aclararlo|aclarar)( (ayuda|respuesta|respuestas|informacion|explicacion|apoyo|tiempo|atencion|aclaracion|paciencia|rapidez|datos))?
            por (tu|su|la|todo|toda la) ?(ayuda|respuesta|informacion|explicacion|apoyo|tiempo|atencion)?
            (te|le|se) lo agradezco( mucho)?
            (muy |estoy muy )?(agradecido|agradecida|amable|util)
            (eso|esto|me|ya me)( me)?( ha| fue| es| sirve| sirvio)*( muy)?( ayuda| ayudado| ayudo| sirve| util| de gran ayuda| de mucha ayuda)( mucho| bastante)?
            (eres|es usted)( muy| realmente)* (amable|util|genial|increible|el mejor|lo maximo)
            (buen|gran|excelente) (trabajo|servicio)
            bien hecho
            (era|es) (justo |exactamente )?lo que (buscaba|necesitaba|queria saber|queria)""",
        goodbye="""
            (adios|chao|chau|bye|hasta luego|hasta pronto|hasta manana|hasta la vista|hasta la proxima|hasta otra|nos vemos|nos vemos luego|nos vemos pronto|hasta el lunes|hasta entonces|hasta siempre|agur|hasta mas tarde)
            (que |le deseo |te deseo |pases |pase |tengas |tenga |ten |un |una )+(muy )?(buen|buena|bonito|excelente|feliz|lindo|linda|gran|bonita|buenas) (dia|tarde|noche|fin de semana|finde|semana|jornada|resto del dia|tardes|noches)( tambien| a ti)?
            (cuidate|cuidese|que te vaya bien|que le vaya bien|que estes bien|que este bien)( mucho)?
            (eso|esto) (es|era|seria|fue) todo( por (ahora|hoy|el momento))?
            (ya )?no (tengo|hay) (mas|otras) (preguntas|dudas)
            (me tengo que ir|tengo que irme|debo irme|me voy|me despido)( ya)?
            nada mas""",
        identity="""
            (y )?(quien|que) (eres|es usted|eres tu|sos)( exactamente| realmente| tu| vos)?
            (con quien|a quien) (hablo|estoy hablando|tengo el gusto|estoy chateando)
            (y )?(eres|es usted|sos|estoy hablando con|hablo con)( realmente| acaso| tu)?( un| una)?( verdadero| verdadera)? (robot|bot|humano|humana|maquina|ia|persona|persona real|ordenador|computadora|chatbot|real|chatgpt|programa|asistente|inteligencia artificial|ser humano)
            (como|cual) (te llamas|se llama|se llama usted|es tu nombre|es su nombre|te puedo llamar|puedo llamarte|debo llamarte)
            (tienes|tiene) nombre
            (hablame|cuentame|dime)( algo| mas)? (de|sobre) ti( mismo)?
            (presentate|presentese)( por favor)?
            quien (te|lo) (creo|hizo|programo|desarrollo|ha creado|ha hecho)
            que (modelo|ia|modelo de lenguaje) (eres|usas|utilizas)""",
        ability="""
            (y )?(que|q|que mas|que cosas|que todo) (puedes|puede|sabes|sabe|podes|podrias)( hacer| hacer por mi| hacer por nosotros| hacer tu| hacer aqui| ofrecer| ofrecerme)
            (que|a que) (haces|hace usted|te dedicas)( tu| aqui| exactamente)?
            (en que|como|con que|de que forma|de que manera) (me |nos )?(puedes|puede|podrias|podria) (ayudarme|ayudar|ayudarnos|servirme|asistirme)( a mi)?( hoy)?
            (me |nos )?(puedes|puede|podrias|podria|puedes tu)( por favor)? (ayudar|ayudarme|ayudarnos)( por favor| con algo| con una pregunta| con una duda)?
            (ayuda|ayudame|ayudeme|socorro|auxilio|una ayuda)( por favor)?
            (necesito|quiero|quisiera)( un poco de| tu| su| algo de)? ayuda( por favor)?
            (que|sobre que|que cosas|que tipo de preguntas|que preguntas|que clase de preguntas|acerca de que|que temas) (te |le )?(puedo|podria|debo|puedes)( preguntar| preguntarte| preguntarle| hacer| hacerte| responder| contestar| tratar| consultar| consultarte)+
            (tengo) una (pregunta|duda|consulta)
            (puedo|podria) (hacerte|hacerle|preguntarte|preguntarle|hacer)( una pregunta| algo| unas preguntas| preguntas)?
            como (funcionas|funciona usted|te uso|puedo usarte|trabajas)
            (cuales son|cual es|que son) (tus|sus|tu|su) (capacidades|funciones|habilidades|funcion|proposito|objetivo|tarea|tareas|rol)
            para que (sirves|sirve usted|estas|fuiste creado)""",
        documents="""
            (y )?(que|cuales|que tipo de|que clase de|cuales son los) (documentos|archivos|ficheros|fuentes|manuales|textos|documento|documentacion) (conoces|conoce|tienes|tiene|usas|usa|utilizas|utiliza|hay|ves|manejas|maneja|sabes|sabe|estan disponibles|estan cargados|has leido|ha leido|puedes leer|puedes ver|puedes consultar|puede consultar|consultas|puedo consultar|dominas|tienes disponibles|tiene disponibles|hay disponibles|tienes cargados|se han subido|he subido|estan subidos|cubres|abarcas)( aqui| disponibles| cargados| en el sistema| guardados| en tu base de datos| tu)*
            que (informacion|temas|datos) (conoces|conoce|tienes|tiene|cubres|abarcas|dominas|sabes)
            a que (documentos|archivos|fuentes|datos|informacion) (tienes|tiene) acceso
            (y )?(que|de que|cuanto|que cosas|que es lo que) (sabes|sabe usted|conoces|conoce usted)( tu| exactamente)?
            (muestrame|mostrame|lista|listame|dime|ensename|enumera|dame|muestra|nombra|mostrar)( la lista de)?( todos)?( los| tus| mis| sus)+ (documentos|archivos|ficheros|fuentes)( disponibles| que tienes| que conoces| por favor)*
            (de donde) (sacas|saca|obtienes|obtiene|viene|vienen|proviene|salen)( la| tu| tus| su| sus| las)? ?(informacion|respuestas|datos|conocimiento|conocimientos)
            (cuales son|cual es|que son) (tus|sus|tu|su) (fuentes|documentos|fuente|base de conocimiento|archivos)
            (cuantos) (documentos|archivos) (conoces|tienes|hay|tiene|conoce|ves)
            que (hay|contienen) (en )?(tus|los|sus) (documentos|archivos)
            en que te basas""",
        acknowledgement="""
            (ok|okay|vale|de acuerdo|entendido|entiendo|ya entiendo|ya veo|comprendo|perfecto|genial|excelente|estupendo|fantastico|muy bien|bien|bueno|buenisimo|super|claro|listo|guay|interesante|maravilloso|increible|esta bien|todo bien|todo claro|que bien|que bueno|fenomenal|bravo|wow|ah|chevere)
            (eso|esto|esta|me parece|suena)( es| esta| suena)?( muy| todo)*( perfecto| genial| excelente| bien| claro| bueno| interesante)
            (no hay problema|no pasa nada|no gracias|si gracias|de nada)""",
        filler="""
            (a todos|todos|amigo|amiga|amigos|senor|senora|equipo|bot|robot|asistente|a ti|a usted|gente|chicos|de nuevo|otra vez)
            (por favor|porfa|pues|entonces|y|si|tambien|igualmente|ahora|hoy|tu)
            (perdon|perdona|disculpa|disculpe|oye|oiga)
            (mucho|muy amable)""",
    ),
    Language.ITALIAN: Phrases(
        greeting="""
            (ciao|buongiorno|buonasera|buon giorno|buona sera|buon pomeriggio|ehi|hey)
            come (stai|sta|va|state)( oggi)?
            piacere( di conoscerti| di conoscerla)?""",
        thanks="""
            (grazie|molte grazie|tante grazie|grazie mille|mille grazie|ti ringrazio|la ringrazio)( mille| tante| molto| infinite| ancora| a te| a lei)?
            (grazie )?(per|dell|del) ?(laiuto|linformazione|la risposta|le informazioni|tutto|il tuo aiuto|aiuto)
            (molto |davvero )(utile|gentile|gentilissimo)""",
        goodbye="""
            (arrivederci|arrivederla|addio|a presto|a dopo|a domani|ci vediamo|ci sentiamo|alla prossima|buonanotte|buona notte|bye)
            (ti auguro |le auguro )?(una )?(buona|buon) (giornata|serata|notte|weekend|fine settimana|lavoro)( a te| a lei)?
            (e |questo e )tutto""",
        identity="""
            (e )?chi (sei|e lei)( tu)?
            (sei|e)( davvero)?( un| una)? (robot|bot|umano|persona|macchina|ia|chatbot|intelligenza artificiale)
            come ti chiami""",
        ability="""
            (che )?(cosa|che cosa|cosa) (puoi|sai|puo)( fare| fare per me)
            (come|in cosa) (puoi|puo) (aiutarmi|aiutarci)
            (mi )?(puoi|puo) (aiutare|aiutarmi)
            (aiuto|aiutami)
            cosa posso (chiederti|chiedere)""",
        documents="""
            (quali|che) (documenti|file|fonti) (conosci|hai|usi|ci sono|sono disponibili|conosce|ha)
            (che )?cosa (sai|conosci)""",
        acknowledgement="""
            (ok|okay|va bene|perfetto|capito|ho capito|bene|molto bene|benissimo|ottimo|fantastico|certo|chiaro|daccordo|bravo)
            (no grazie|di niente|prego)""",
        filler="(a tutti|per favore|allora|e|anche|tutti|mille|tanto|scusa|scusi)",
    ),
    Language.PORTUGUESE: Phrases(
        greeting="""
            (ola|oi|oie|e ai|alo|hey)
            (bom dia|boa tarde|boa noite|bons dias|boas)
            (tudo bem|tudo bom|como vai|como esta|como estas|como vai voce|como voce esta)( com voce)?
            prazer( em conhecelo| em conhece lo)?""",
        thanks="""
            (muito |muitissimo )?(obrigado|obrigada|brigado|brigada|grato|grata|valeu|agradecido|agradecida)( mesmo| por tudo| pela ajuda| pela informacao| pela resposta| a voce)*
            (agradeco|te agradeco)( muito| a ajuda)*
            (ajudou|isso ajudou|ajudou me)( muito| bastante)?
            (muito )?(util|gentil|prestativo)""",
        goodbye="""
            (adeus|tchau|tchau tchau|ate logo|ate mais|ate breve|ate amanha|ate a proxima|ate ja|bye)
            (tenha |tem |desejo |um |uma )+(bom|boa|otimo|otima) (dia|tarde|noite|fim de semana|semana)( para voce)?
            (isso |e )+(so|tudo)( por hoje| por agora)?""",
        identity="""
            (e )?quem (e voce|es tu|es|voce e)
            (voce e|es|es tu)( um| uma)? (robo|bot|humano|humana|pessoa|maquina|ia|chatbot)
            (qual e o seu nome|qual o seu nome|como te chamas|como voce se chama)""",
        ability="""
            (o )?que (voce pode|voce sabe|voce consegue|podes|sabes|consegues|pode) fazer( por mim)?
            (como|em que) (voce pode|pode|podes) (me ajudar|ajudarme|ajudar me|ajudar)
            (voce )?(pode|podes|poderia) (me ajudar|ajudarme|ajudar)
            (ajuda|ajude me|me ajude|socorro)
            (o )?que posso (perguntar|te perguntar|lhe perguntar)""",
        documents="""
            (quais|que) (documentos|arquivos|ficheiros|fontes) (voce conhece|voce tem|conheces|tens|existem|estao disponiveis|voce usa|ha)
            (o )?que (voce sabe|sabes|voce conhece)""",
        acknowledgement="""
            (ok|okay|perfeito|entendi|entendido|certo|otimo|muito bem|excelente|claro|beleza|percebi|maravilha|fantastico|esta bem|ta bom)
            (nao obrigado|nao obrigada|de nada)""",
        filler="(a todos|pessoal|por favor|entao|e|tambem|gente|muito|desculpe|desculpa)",
    ),
    Language.DUTCH: Phrases(
        greeting="""
            (hallo|hoi|hi|hey|dag|heej|goededag|goedemorgen|goedemiddag|goedenavond|goeiemorgen|goeiedag)
            (goede|goeden|een goede) (morgen|middag|avond|dag)
            hoe (gaat het|is het|gaat het met je|gaat het met u)( ermee)?""",
        thanks="""
            (hartelijk |heel erg |heel |erg |ontzettend )?(dank|bedankt|dank je|dank u|dankje|dankjewel|dankuwel|dank je wel|dank u wel)( wel| hoor| voor alles| voor de hulp| voor je hulp| voor uw hulp| voor het antwoord| voor de informatie| alvast)*
            (dat |dit )(helpt|hielp|heeft geholpen|is fijn)( enorm| erg| me)*
            (heel |erg )(behulpzaam|nuttig|fijn|vriendelijk)""",
        goodbye="""
            (tot ziens|doei|doeg|doeidoei|tot straks|tot later|tot morgen|tot de volgende keer|tot snel|vaarwel|bye|dag dag)
            (goede nacht|goedenacht)
            (nog )?(een )?(fijne|prettige) (dag|avond|nacht|weekend|week|middag|dag nog|avond nog)( verder)?
            (een )?(fijn|prettig|goed) (weekend)
            welterusten
            (dat was het|dat was alles|dat is alles)""",
        identity="""
            (en )?wie (ben je|bent u|ben jij)( eigenlijk)?
            (ben je|bent u|ben jij)( een)? (robot|bot|mens|persoon|machine|ai|chatbot|echt)
            (hoe heet je|hoe heet u|wat is je naam|wat is uw naam)
            met wie (praat|spreek) ik""",
        ability="""
            wat (kun je|kan je|kunt u|kan jij|kun jij)( allemaal)?( voor mij| voor me)?( doen)?
            (hoe|waarmee) (kun je|kan je|kunt u) (me |mij |ons )?(helpen)
            (kun je|kan je|kunt u) (me|mij|ons) helpen
            (help|help me|hulp)
            wat kan ik( je| u| jou)?( allemaal)? vragen""",
        documents="""
            welke (documenten|bestanden|bronnen) (ken je|kent u|heb je|heeft u|zijn er|gebruik je|zijn beschikbaar|ken jij)( allemaal)?
            wat (weet je|weet u|weet jij)( allemaal)?""",
        acknowledgement="""
            (ok|oke|okay|goed|prima|mooi|perfect|duidelijk|begrepen|geweldig|fijn|helder|uitstekend|ik snap het|ik begrijp het|super)
            (nee dank je|nee bedankt|geen probleem|graag gedaan)""",
        filler="(allemaal|iedereen|alsjeblieft|alstublieft|dus|en|nou|ook|sorry|daar)",
    ),
    Language.POLISH: Phrases(
        greeting="(dzien dobry|dobry wieczor|czesc|witam|witaj|siema)|jak sie masz",
        thanks="(dzieki|dziekuje|dziekujemy)( bardzo| za pomoc| wielkie| serdecznie| za odpowiedz)*",
        goodbye="(do widzenia|do zobaczenia|na razie|dobranoc)|milego (dnia|wieczoru|weekendu)",
        filler="(wszystkim|bardzo|i|prosze)",
    ),
    Language.SWEDISH: Phrases(
        greeting="(hej|hejsan|tjena|god (morgon|dag|kvall)|godmorgon|halla)|hur mar du",
        thanks="(stort |tusen )?(tack|tackar)( sa mycket| for hjalpen| ska du ha| for svaret)*",
        goodbye="(hej da|hejda|adjo|vi ses|god natt)|ha en (bra|fin|trevlig) (dag|kvall|helg)",
        filler="(alla|pa dig|och|dar)",
    ),
    Language.DANISH: Phrases(
        greeting="(hej|goddag|godmorgen|god (morgen|dag|aften)|godaften|davs)|hvordan gar det",
        thanks="(mange |tusind )?tak( for hjaelpen| for det| skal du have| for svaret)*",
        goodbye="(farvel|hej hej|vi ses|god nat|godnat)|(hav |ha )?en (god|dejlig) (dag|aften|weekend)",
        filler="(alle|og|der|med dig)",
    ),
    Language.CZECH: Phrases(
        greeting="(dobry (den|vecer)|dobre (rano|odpoledne)|ahoj|cau|nazdar|zdravim)|jak se mas",
        thanks="(dekuji|dekuju|diky|dekujeme)( moc| vam| za pomoc| za odpoved| mockrat)*",
        goodbye="(na shledanou|nashledanou|sbohem|dobrou noc)|(hezky|pekny) (den|vecer|vikend)",
        filler="(vsem|vsichni|a|prosim|moc)",
    ),
    Language.ROMANIAN: Phrases(
        greeting="(buna|buna (ziua|seara|dimineata)|salut|salutare|noroc)|ce mai faci",
        thanks="(multumesc|multumim|mersi)( mult| frumos| pentru ajutor| pentru raspuns)*",
        goodbye="(la revedere|pe curand|noapte buna)|o (zi|seara) (buna|frumoasa)",
        filler="(tuturor|si|va rog|te rog|mult)",
    ),
    Language.TURKISH: Phrases(
        greeting="(merhaba|merhabalar|selam|selamlar|gunaydin|iyi (gunler|aksamlar))|nasilsin(iz)?",
        thanks="(cok )?(tesekkurler|tesekkur ederim|tesekkur ederiz|sagol|sag ol|sagolun)( cok)?",
        goodbye="(hosca kal|hoscakal|hoscakalin|gorusuruz|gule gule|iyi geceler)",
        filler="(herkese|ve|lutfen)",
    ),
    Language.VIETNAMESE: Phrases(
        greeting="(xin chao|chao|chao (ban|anh|chi|em|buoi sang|moi nguoi))",
        thanks="(cam on|xin cam on)( ban| anh| chi| em| nhieu| rat nhieu)*",
        goodbye="(tam biet|hen gap lai)( ban| anh| chi)?",
        filler="(a|nhe)",
    ),
    Language.RUSSIAN: Phrases(
        greeting="(привет|здравствуите|здравствуи|приветствую|добрыи (день|вечер)|доброе утро)",
        thanks="(большое )?(спасибо|благодарю)( большое| вам| тебе| вас| огромное| за помощь| за ответ)*",
        goodbye="(пока|до свидания|до встречи|всего (доброго|хорошего)|спокоинои ночи|прощаи|хорошего дня)",
        filler="(всем|и|пожалуиста)",
    ),
    Language.GREEK: Phrases(
        greeting="(γεια|γεια (σου|σασ)|καλημερα|καλησπερα|χαιρετε)|τι κανεισ",
        thanks="(σε |σασ )?ευχαριστω( πολυ| παρα πολυ| για τη βοηθεια)*",
        goodbye="(αντιο|καληνυχτα|τα λεμε|καλη συνεχεια|εισ το επανιδειν)",
        filler="(σασ|σου|και)",
    ),
    Language.ARABIC: Phrases(
        greeting="(مرحبا|اهلا|أهلا|أهلا وسهلا|اهلا وسهلا|السلام عليكم|صباح الخير|مساء الخير)",
        thanks="(شكرا|شكرا (جزيلا|لك|كثيرا)|أشكرك|مشكور)",
        goodbye="(مع السلامة|وداعا|إلى اللقاء|الى اللقاء|تصبح على خير)",
    ),
    Language.HINDI: Phrases(
        greeting="(नमस्ते|नमस्कार|हैलो|हेलो|सुप्रभात)",
        thanks="(बहुत )?(बहुत )?(धन्यवाद|शुक्रिया)( आपका)?",
        goodbye="(अलविदा|फिर मिलेंगे|शुभ रात्रि)",
        filler="जी",
    ),
    Language.THAI: Phrases(
        greeting="(สวัสดี|สวัสดีครับ|สวัสดีค่ะ|หวัดดี)",
        thanks="(ขอบคุณ|ขอบคุณครับ|ขอบคุณค่ะ|ขอบคุณมาก|ขอบคุณมากครับ|ขอบคุณมากค่ะ)",
        goodbye="(ลาก่อน|แล้วเจอกัน|บาย)",
    ),
    Language.KOREAN: Phrases(
        greeting="(안녕|안녕하세요|안녕하십니까|반갑습니다)",
        thanks="(정말 )?(감사합니다|고마워요|고마워|고맙습니다|감사해요)",
        goodbye="(안녕히 계세요|안녕히 가세요|잘 있어요|또 봐요|수고하세요)",
    ),
    Language.CHINESE: Phrases(
        greeting="(你好|您好|你好吗|大家好|早上好|下午好|晚上好|嗨|早安)",
        thanks="(谢谢|谢谢你|谢谢您|多谢|非常感谢|感谢|太感谢了)",
        goodbye="(再见|拜拜|晚安|回头见|明天见)",
    ),
    Language.JAPANESE: Phrases(
        greeting="(こんにちは|こんばんは|おはよう|おはようございます|はじめまして|やあ)",
        thanks="(ありがとう|ありがとうございます|ありがとうございました|どうもありがとう|どうも)",
        goodbye="(さようなら|さよなら|またね|じゃあね|おやすみなさい|失礼します)",
    ),
}
