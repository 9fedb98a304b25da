namespace GrokForge.Admin.Doctors;

/// <summary>The body of POST /admin/doctor.</summary>
/// <param name="TokenId">The token to try. Default: the active one with the lowest id.</param>
/// <param name="Model">The model of the chat. Default: for web tokens the one with the most units in the token's pool; for API keys none, and no chat.</param>
/// <param name="Chat">False: no chat is held, only what costs nothing is asked. Default: true.</param>
internal sealed record DoctorRequest(long? TokenId, string? Model, bool? Chat);

/// <summary>What the upstream makes of a token.</summary>
/// <param name="Verdict">works, expired, blocked, rejected, challenge, anti_bot, rate_limited, no_network, unavailable, misconfigured, or no_token.</param>
/// <param name="Message">A sentence, the one that clients and the log are told.</param>
/// <param name="Remedy">A sentence; empty: there is nothing to do, or nothing but to wait.</param>
/// <param name="Token">Null: there is none to be tried.</param>
/// <param name="Egress">The way it left by: direct, or the proxy without credentials.</param>
/// <param name="Model">Of the chat; null: none was held.</param>
/// <param name="Passed">What went well: quota, models, chat.</param>
internal sealed record DoctorReport(string Verdict, string Message, string Remedy, TriedTokenJson? Token, string Egress, string? Model, IReadOnlyList<string> Passed);

/// <summary>The token that was tried.</summary>
internal sealed record TriedTokenJson(long Id, string Token, string Pool, string Status);
