"""The role for Azure OpenAI in a template of Azure."""

from __future__ import annotations

from ragtenancy.backend.azure_template import (
    AzurePart,
    Grantee,
    account,
    account_name,
    role_assignment,
)

API = "2024-10-01"
ACCOUNT = "Microsoft.CognitiveServices/accounts"
OPENAI_USER = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"


def azure_part(endpoint: str | None, grantee: Grantee) -> AzurePart:
    """Return the role that calls deployments; the resource and its deployments exist already."""
    name = account_name("openaiAccount", "the Azure OpenAI resource", endpoint, "openai.azure.com")
    openai = account("openai", ACCOUNT, API, name)
    role = role_assignment("openai_role", openai, OPENAI_USER, grantee)
    return AzurePart(resources=[role], keyless=["AZURE_OPENAI_API_KEY"])
