"""MCP servers as tools: a business's other systems, each connected by an MCP server of its own.

What a server offers is not believed. A tool is there only when the settings name it, under the tier that they give it;
its description and schema are those of its first listing, and the gateway decides about its calls as about all others.
"""
