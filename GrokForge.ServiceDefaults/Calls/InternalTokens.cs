using System.Collections.Concurrent;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Issues and checks the five-minute tokens by which services know one another.</summary>
internal sealed class InternalTokens(InternalKey key, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private const string Issuer = "grokforge";

    // Callers show the same token for minutes: checking one costs as much as a small call.
    private const int MostRemembered = 256;

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SymmetricSecurityKey _key = new(key.SigningKey);
    private readonly ConcurrentDictionary<string, Checked> _checked = new(StringComparer.Ordinal);
    private Issued? _own;

    /// <summary>A token of this service that lives at least another minute.</summary>
    public string Own()
    {
        var now = time.GetUtcNow();
        if (Volatile.Read(ref _own) is { } own && own.RenewAt > now)
            return own.Token;

        var token = _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Claims = new Dictionary<string, object> { ["sub"] = key.Service },
            IssuedAt = now.UtcDateTime,
            Expires = (now + Lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.HmacSha256),
        });
        Volatile.Write(ref _own, new Issued(token, now + Lifetime - TimeSpan.FromMinutes(1)));
        return token;
    }

    /// <summary>The service that a token names; null where it is forged, expired or malformed.</summary>
    public async ValueTask<string?> CallerAsync(string? token)
    {
        if (string.IsNullOrEmpty(token))
            return null;
        if (_checked.TryGetValue(token, out var known) && known.Until > time.GetUtcNow())
            return known.Caller;

        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidateAudience = false,
            IssuerSigningKey = _key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            LifetimeValidator = (_, expires, _, _) => expires is { } end && end + Skew > time.GetUtcNow().UtcDateTime,
        });
        if (!result.IsValid || !result.Claims.TryGetValue("sub", out var sub) || sub is not string caller)
            return null;
        Remember(token, new Checked(caller, result.SecurityToken.ValidTo + Skew));
        return caller;
    }

    private void Remember(string token, Checked caller)
    {
        if (_checked.Count >= MostRemembered)
            _checked.Clear();
        _checked[token] = caller;
    }

    private sealed record Checked(string Caller, DateTimeOffset Until);

    private sealed record Issued(string Token, DateTimeOffset RenewAt);
}
