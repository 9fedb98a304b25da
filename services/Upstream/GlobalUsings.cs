// Routing's own Route would make every mention of a catalog route ambiguous.
global using Route = GrokForge.Contracts.Chat.Route;
