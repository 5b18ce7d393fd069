"""The guides of the demo client `acme`."""

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

HANDBOOK = Guide(
    "Acme_Handbook.docx",
    "Acme Workshop Handbook",
    [
        Section(
            "Signing in",
            [
                Prose(
                    "Acme Workshop is a desktop program for planning repairs. Sign in with your "
                    "staff number and the PIN that your branch manager gave you."
                )
            ],
        ),
        Section(
            "Reports",
            [Prose("A report sums up the repairs of one branch. Reports are kept for 90 days.")],
        ),
        Section(
            "Creating a report",
            [
                Prose("To create a report:"),
                Steps(
                    [
                        "Press F7 to open the report wizard.",
                        "Select your branch and the calendar week.",
                        "Tick the figures that you need: hours, parts or turnover.",
                        "Press Print to send the report to the branch printer.",
                    ]
                ),
                Screenshot("The report wizard of Acme Workshop after pressing F7."),
            ],
            level=2,
        ),
        Section(
            "Opening hours of support",
            [
                Prose(
                    "Acme support answers calls every day from 6:00 to 22:00 Eastern Time, on "
                    "weekends and public holidays too. The number is on the back of your badge."
                )
            ],
        ),
    ],
)

TERMS = Guide(
    "Terms_of_Sale.docx",
    "Acme Terms of Sale",
    [
        Section(
            "Prices",
            [
                Prose("Acme Workshop is sold by the year. Prices are without tax."),
                Grid(
                    [
                        ["Plan", "Price per year", "Workstations"],
                        ["Solo", "180 dollars", "1"],
                        ["Garage", "720 dollars", "5"],
                        ["Chain", "2,900 dollars", "30"],
                    ]
                ),
            ],
        ),
        Section(
            "Refunds",
            [
                Prose(
                    "The refund period at Acme is 14 days from delivery of the licence key. "
                    "Refunds are given as credit for the next order."
                ),
                Bullets(
                    [
                        "Send the order number to refunds@acme.example.",
                        "A licence key that was activated cannot be refunded.",
                    ]
                ),
            ],
        ),
        Section(
            "Warranty",
            [Prose("Faults that are reported within 24 months are repaired free of charge.")],
        ),
    ],
)

GUIDES = (HANDBOOK, TERMS)
