namespace GrokForge.Contracts.Events;

// Events carry ids, never secrets or prompts; consumers are idempotent.

/// <summary>Broadcast: saved settings changed; every process reads them again.</summary>
public sealed record SettingsChanged(long Version);

/// <summary>Broadcast: a virtual key was created, changed or deleted. A cache fill older than <paramref name="Version"/> is dropped.</summary>
public sealed record VirtualKeyChanged(long KeyId, string KeyHash, long Version);

/// <summary>Broadcast: status, pool or priority of tokens changed.</summary>
public sealed record TokenStateChanged(long[] TokenIds);

/// <summary>Broadcast: a new clearance is in force for an egress.</summary>
public sealed record ClearanceRefreshed(string Egress, string Version);

/// <summary>Broadcast, at most once a second per process: new usage rows exist.</summary>
public sealed record UsageAdvanced(long LastRowId);

/// <summary>Broadcast: the key ring was rotated; every process rebuilds its protector.</summary>
public sealed record SecretsRotated(string KeyId);

/// <summary>Work: a token ran out of units for a mode. Once per token and mode until refreshed.</summary>
public sealed record QuotaExhausted(long TokenId, string Mode);

/// <summary>Work: a video job waits. The row is the truth.</summary>
public sealed record VideoJobRequested(string JobId);
