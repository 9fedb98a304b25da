using GrokForge.TokenPool.Quotas;

namespace GrokForge.TokenPool.Administration;

/// <summary>What administration can do to tokens.</summary>
internal sealed record TokenChanges(TokenImport Import, TokenEdits Edits, RefreshOnRequest Refreshes);
