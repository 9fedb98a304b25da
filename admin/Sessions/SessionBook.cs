using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using GrokForge.Admin.Store;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Admin.Sessions;

/// <summary>Opens, checks and ends admin sessions. Everything is in the database, so a session ended here is ended on every replica and after a restart.</summary>
internal sealed class SessionBook(IDbContextFactory<AdminStore> stores, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private const int TokenBytes = 32;

    /// <summary>Answers the cookie's value, which is kept nowhere else.</summary>
    public async Task<string> OpenAsync(byte[] passwordStamp, CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        await store.Sessions.Where(s => s.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);
        store.Sessions.Add(new AdminSession { TokenHash = HashOf(token), PasswordStamp = passwordStamp, CreatedAt = now, ExpiresAt = now + Lifetime });
        await store.SaveChangesAsync(cancellationToken);
        return token;
    }

    public async Task<bool> IsOpenAsync(string token, byte[] passwordStamp, CancellationToken cancellationToken)
    {
        var hash = HashOf(token);
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var session = await store.Sessions.AsNoTracking().SingleOrDefaultAsync(s => s.TokenHash == hash, cancellationToken);
        return session is not null && session.ExpiresAt > time.GetUtcNow() && CryptographicOperations.FixedTimeEquals(session.PasswordStamp, passwordStamp);
    }

    public async Task EndAsync(string token, CancellationToken cancellationToken)
    {
        var hash = HashOf(token);
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        await store.Sessions.Where(s => s.TokenHash == hash).ExecuteDeleteAsync(cancellationToken);
    }

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
