using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Issues and checks the five-minute tokens by which services know one another.</summary>
internal sealed class InternalTokens(InternalKey key, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private const string Issuer = "grokforge";

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SymmetricSecurityKey _key = new(key.SigningKey);
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

        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidateAudience = false,
            IssuerSigningKey = _key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            LifetimeValidator = (_, expires, _, _) => expires is { } end && end + Skew > time.GetUtcNow().UtcDateTime,
        });
        return result.IsValid && result.Claims.TryGetValue("sub", out var caller) ? caller as string : null;
    }

    private sealed record Issued(string Token, DateTimeOffset RenewAt);
}
