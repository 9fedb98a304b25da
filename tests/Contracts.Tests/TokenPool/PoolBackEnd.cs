using System.Security.Cryptography;
using System.Text;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>What a token pool stands on: a database, and Redis where the ledger lives there.</summary>
internal abstract class PoolBackEnd : IAsyncDisposable
{
    public abstract Database Database { get; }

    /// <summary>Null: the ledger is kept in memory.</summary>
    public virtual string? Redis => null;

    public SecretProtector Protector { get; } = new TestProtector();

    /// <summary>Forgets what the ledger keeps outside the process.</summary>
    public virtual Task LoseHotStateAsync() => Task.CompletedTask;

    /// <summary>Moves the clock of the ledger where that is not the process's own.</summary>
    public virtual Task MoveTimeAsync(TimeSpan by) => Task.CompletedTask;

    /// <summary>Everything that is stored, as text.</summary>
    public abstract Task<string> DumpAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A SQLite file of its own, and a ledger in memory.</summary>
internal sealed class SqliteBackEnd : PoolBackEnd
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-pool-");

    public SqliteBackEnd() => Database = Database.Sqlite(Path.Combine(_folder.FullName, "grokforge.db"));

    public override Database Database { get; }

    public override async Task<string> DumpAsync()
    {
        var dump = new StringBuilder();
        foreach (var file in _folder.EnumerateFiles("grokforge.db*").Where(f => f.Extension is not ".lock" && !f.Name.EndsWith("-shm", StringComparison.Ordinal)))
        {
            await using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            dump.Append(await reader.ReadToEndAsync());
        }
        return dump.ToString();
    }

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A key ring of its own; fingerprints are those of every other one, as when only the ring was lost.</summary>
internal sealed class TestProtector : SecretProtector
{
    private readonly IDataProtector _protector = new EphemeralDataProtectionProvider().CreateProtector("secrets");

    public override byte[] Protect(string secret) => _protector.Protect(Encoding.UTF8.GetBytes(secret));

    public override string Unprotect(ReadOnlySpan<byte> protectedSecret) => Encoding.UTF8.GetString(_protector.Unprotect(protectedSecret.ToArray()));

    public override byte[] Fingerprint(string secret) => HMACSHA256.HashData("one installation"u8, Encoding.UTF8.GetBytes(secret));
}
