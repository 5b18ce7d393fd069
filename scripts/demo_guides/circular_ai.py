"""The guides of the demo client `circular_ai`."""

from __future__ import annotations

from scripts.demo_guides.guide import (
    Bullets,
    Grid,
    Guide,
    Prose,
    Screenshot,
    Section,
    Steps,
)

USER_GUIDE = Guide(
    "User_Guide.docx",
    "Circular AI User Guide",
    [
        Section(
            "Getting started",
            [
                Prose(
                    "Circular AI turns the figures of your recycling plants into reports. "
                    "Sign in at the web console with your work e-mail address; a one-time code "
                    "is sent to it and is valid for ten minutes."
                ),
                Bullets(
                    [
                        "The Plants page lists every plant that you may see.",
                        "The Reports page holds finished and scheduled reports.",
                        "The Alerts page shows sensors that have been silent for two hours.",
                    ]
                ),
            ],
        ),
        Section("Reports", [Prose("Reports can be viewed in the console or sent by e-mail.")]),
        Section(
            "Creating a report",
            [
                Prose("To create a report:"),
                Steps(
                    [
                        "Open Reports in the side bar and press New report.",
                        "Choose one or more plants and the period that the report covers.",
                        "Pick a template: Material flow, Energy or Compliance.",
                        "Press Create. The report is ready within two minutes.",
                    ]
                ),
                Screenshot("The Reports page with the New report button at the top right."),
            ],
            level=2,
        ),
        Section(
            "Exporting a report",
            [
                Prose(
                    "Open a finished report and press Export. Circular AI exports to PDF, "
                    "Excel and CSV. An export link works for seven days."
                )
            ],
            level=2,
        ),
        Section(
            "Error codes",
            [
                Grid(
                    [
                        ["Code", "Meaning", "What to do"],
                        ["CA-1001", "The plant sent no data", "Check the gateway's power supply."],
                        ["CA-1002", "The period is empty", "Choose a longer period."],
                        ["CA-2040", "The template is locked", "Ask an administrator to unlock it."],
                    ]
                )
            ],
        ),
    ],
)

BILLING = Guide(
    "Billing_and_Refunds.docx",
    "Circular AI Billing and Refunds",
    [
        Section(
            "Price plans",
            [
                Prose("Every plan is billed monthly, per plant."),
                Grid(
                    [
                        ["Plan", "Price per month", "Users", "Data kept"],
                        ["Starter", "49 euros", "3", "6 months"],
                        ["Team", "149 euros", "15", "2 years"],
                        ["Enterprise", "490 euros", "unlimited", "10 years"],
                    ]
                ),
            ],
        ),
        Section(
            "Refunds",
            [
                Prose(
                    "The refund period at Circular AI is 30 days from the date of purchase. "
                    "Refunds are paid to the original payment method within five working days."
                ),
                Bullets(
                    [
                        "Ask for a refund in the console under Billing, Refunds.",
                        "Used plant hours are deducted from the amount.",
                    ]
                ),
            ],
        ),
        Section(
            "Cancelling a plan",
            [Prose("A plan can be cancelled at any time and ends with the month that is paid.")],
        ),
    ],
)

SUPPORT = Guide(
    "Support_Handbook.docx",
    "Circular AI Support Handbook",
    [
        Section(
            "Support hours",
            [
                Prose(
                    "The support team of Circular AI is available Monday to Friday, 8:00 to "
                    "18:00 Central European Time. Outside these hours, Enterprise customers can "
                    "call the emergency line."
                ),
                Grid(
                    [
                        ["Priority", "First answer", "Example"],
                        ["Urgent", "1 hour", "No plant sends data"],
                        ["Normal", "8 working hours", "A report looks wrong"],
                        ["Low", "3 working days", "A question about a template"],
                    ]
                ),
            ],
        ),
        Section(
            "Contact",
            [Prose("Write to support@circular-ai.example or press Help in the console.")],
        ),
    ],
)

GUIDES = (USER_GUIDE, BILLING, SUPPORT)
