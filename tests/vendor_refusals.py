"""Refusals of OpenAI and Azure OpenAI as published; each names the page or the report it follows.

GitHub reports are named as owner/repository#number. Those without a source are marked as guessed.
"""

from __future__ import annotations

from tests.openai_server import Body, Reply, json_reply

OPENAI_ID = {"x-request-id": "req_vendor1"}
AZURE_ID = {"apim-request-id": "apim-vendor1"}


def openai_refusal(status: int, code: str | None, message: str, param: str | None = None) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return json_reply({"error": error}, status, **OPENAI_ID)


def azure_refusal(status: int, code: str, message: str, **more: object) -> Reply:
    return json_reply({"error": {"code": code, "message": message, **more}}, status, **AZURE_ID)


# chatboxai/chatbox#861
DEPLOYMENT_NOT_FOUND = azure_refusal(
    404,
    "DeploymentNotFound",
    "The API deployment for this resource does not exist. If you created the deployment within the "
    "last 5 minutes, please wait a moment and try again.",
)
# BerriAI/litellm#11116: a deployment of a retired model
RESOURCE_NOT_FOUND = azure_refusal(404, "404", "Resource not found")
# guessed: that Azure also answers 410 is said, but no body of it is published
GONE = azure_refusal(410, "ModelDeprecated", "The model of this deployment has been retired.")
# abi/screenshot-to-code#459
MODEL_NOT_FOUND = openai_refusal(
    404, "model_not_found", "The model `chat` does not exist or you do not have access to it."
)
# microsoft/genaiscript#1121, langchain4j/langchain4j#2636: the braces are Azure's
OLD_API_VERSION = azure_refusal(
    400,
    "BadRequest",
    "Model {modelName} is enabled only for api versions 2024-12-01-preview and later",
)
# hotovo/aider-desk#460
UNKNOWN_API_VERSION = azure_refusal(400, "BadRequest", "API version not supported")
# BerriAI/litellm#11505
WRONG_OPERATION = azure_refusal(
    400,
    "OperationNotSupported",
    "The chatCompletion operation does not work with the specified model, text-embedding-ada-002. "
    "Please choose different model and try again.",
)
# microsoft/semantic-kernel#10337: the same words for a wrong key and for another region's
WRONG_KEY_OR_REGION = azure_refusal(
    401,
    "401",
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
    "valid key for an active subscription and use a correct regional API endpoint for your resource.",
)
# Azure-Samples/azure-ai-studio-secure-bicep#17
NO_ROLE = azure_refusal(401, "PermissionDenied", "Principal does not have access to API/Operation.")
# platform.openai.com/docs/guides/error-codes, with the key masked as OpenAI masks it
WRONG_KEY = openai_refusal(
    401,
    "invalid_api_key",
    "Incorrect API key provided: sk-proj-****************1234. You can find your API key at "
    "https://platform.openai.com/account/api-keys.",
)
# guessed: Azure's words for a private resource
FIREWALL = azure_refusal(
    403, "AccessDenied", "Access denied due to Virtual Network/Firewall rules."
)
# ChatGPTNextWeb/NextChat#3123
NO_QUOTA = json_reply(
    {
        "error": {
            "message": "You exceeded your current quota, please check your plan and billing details.",
            "type": "insufficient_quota",
            "param": None,
            "code": "insufficient_quota",
        }
    },
    429,
    **OPENAI_ID,
)
# jasonacox/TinyLLM#17; the header is that of microsoft/copilot-camp#551's kind
RATE_LIMIT = json_reply(
    {
        "error": {
            "code": "429",
            "message": "Requests to the ChatCompletions_Create Operation under Azure OpenAI API "
            "version 2023-05-15 have exceeded token rate limit of your current AIServices S0 pricing "
            "tier. Please retry after 7 seconds.",
        }
    },
    429,
    **AZURE_ID,
    **{"Retry-After": "7"},
)
# vanderschaarlab/climb#1: waiting does not help
REQUEST_TOO_LARGE = json_reply(
    {
        "error": {
            "message": "Request too large for gpt-4o in organization org-x on tokens per min (TPM): "
            "Limit 30000, Requested 30601. The input or output tokens must be reduced in order to "
            "run successfully.",
            "type": "tokens",
            "param": None,
            "code": "rate_limit_exceeded",
        }
    },
    429,
    **OPENAI_ID,
)
# platform.openai.com/docs/guides/error-codes' code; words as widely reported
CONTEXT_LENGTH = openai_refusal(
    400,
    "context_length_exceeded",
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 "
    "tokens. Please reduce the length of the messages.",
    "messages",
)


def _blocked(name: str, **results: bool) -> Body:
    found = {kind: {"filtered": is_blocked} for kind, is_blocked in results.items()}
    return {"code": "ResponsibleAIPolicyViolation", name: found}


FILTER_WORDS = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management "
    "policy. Please modify your prompt and retry."
)
# microsoft/TinyTroupe#85
BLOCKED_PROMPT = azure_refusal(
    400,
    "content_filter",
    FILTER_WORDS,
    param="prompt",
    innererror=_blocked("content_filter_result", hate=False, jailbreak=True),
)
# browser-use/browser-use#262: the same under another name
BLOCKED_PROMPT_INNER = azure_refusal(
    400,
    "content_filter",
    FILTER_WORDS,
    param="prompt",
    inner_error=_blocked("content_filter_results", jailbreak=True),
)
# guessed: a gateway that keeps the inner code alone
BLOCKED_BY_INNER_CODE = azure_refusal(
    400, "400", FILTER_WORDS, innererror=_blocked("content_filter_result", violence=True)
)

UNSUPPORTED = "unsupported_value"
# concordia: google-deepmind/concordia#164
VERBOSITY = openai_refusal(
    400,
    UNSUPPORTED,
    "Unsupported value: 'verbosity' does not support 'low' with this model. Supported values are: "
    "'medium'.",
    "verbosity",
)
# Kilo-Org/cloud#3807
EFFORT = openai_refusal(
    400,
    UNSUPPORTED,
    "Unsupported value: 'reasoning_effort' does not support 'none' with this model. Supported values "
    "are: 'minimal', 'low', 'medium', and 'high'.",
    "reasoning_effort",
)
# BerriAI/litellm#16704: Azure's code for the same
EFFORT_AZURE = openai_refusal(
    400,
    "invalid_value",
    "Invalid value: 'none'. Supported values are: 'low', 'medium', and 'high'.",
    "reasoning_effort",
)
# run-llama/llama_index#17731
EFFORT_UNKNOWN = openai_refusal(
    400, "unknown_parameter", "Unknown parameter: 'reasoning_effort'.", "reasoning_effort"
)
# AAswordman/Operit#1048
EFFORT_UNRECOGNIZED = openai_refusal(
    400, None, "Unrecognized request argument supplied: reasoning_effort"
)
# Lamb-Project/lamb#54
UNVERIFIED = openai_refusal(
    400,
    UNSUPPORTED,
    "Your organization must be verified to stream this model. Please go to: "
    "https://platform.openai.com/settings/organization/general and click on Verify Organization. If "
    "you just verified, it can take up to 15 minutes for access to propagate.",
    "stream",
)
# microsoft/vscode#260670: the same without a parameter
UNVERIFIED_BARE = openai_refusal(
    400, UNSUPPORTED, "Your organization must be verified to stream this model."
)
# community.openai.com, "max_tokens is too large"
TOO_MANY_TOKENS = openai_refusal(
    400,
    "invalid_value",
    "max_tokens is too large: 25800. This model supports at most 16384 completion tokens, whereas "
    "you provided 25800.",
    "max_completion_tokens",
)
