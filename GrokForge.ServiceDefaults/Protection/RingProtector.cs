using System.Security.Cryptography;
using System.Text;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.DataProtection;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>Protects with the key ring, and reads the ring again when it meets a key it does not know yet.</summary>
internal sealed class RingProtector : SecretProtector, IDisposable
{
    private const string Purpose = "secrets";
    private static readonly TimeSpan RereadPause = TimeSpan.FromSeconds(5);

    private readonly KeyRing _ring;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Lazy<byte[]> _fingerprintKey;
    private Opened? _opened;

    public RingProtector(KeyRing ring, TimeProvider time)
    {
        _ring = ring;
        _time = time;
        _fingerprintKey = new Lazy<byte[]>(FingerprintKey);
    }

    public override byte[] Protect(string secret) => Current().Protector.Protect(Encoding.UTF8.GetBytes(secret));

    public override string Unprotect(ReadOnlySpan<byte> protectedSecret)
    {
        var bytes = protectedSecret.ToArray();
        var opened = Current();
        try
        {
            return Encoding.UTF8.GetString(opened.Protector.Unprotect(bytes));
        }
        catch (CryptographicException) when (_time.GetElapsedTime(opened.At) > RereadPause)
        {
            // Another process may have added a key since.
            return Encoding.UTF8.GetString(Reread(opened).Protector.Unprotect(bytes));
        }
    }

    public override byte[] Fingerprint(string secret) => HMACSHA256.HashData(_fingerprintKey.Value, Encoding.UTF8.GetBytes(secret));

    /// <summary>Reads the ring again: what the event of a rotation asks for.</summary>
    public void Reread() => Reread(Current());

    public void Dispose() => _opened?.Provider.Dispose();

    private Opened Current()
    {
        if (Volatile.Read(ref _opened) is { } opened)
            return opened;

        lock (_gate)
            return _opened ??= Open();
    }

    private Opened Reread(Opened old)
    {
        // The old provider is left to the collector: calls on other threads may still be using it.
        lock (_gate)
            return ReferenceEquals(_opened, old) ? _opened = Open() : _opened!;
    }

    private Opened Open()
    {
        var provider = _ring.Open();
        return new Opened(provider, provider.GetRequiredService<IDataProtectionProvider>().CreateProtector(Purpose), _time.GetTimestamp());
    }

    private byte[] FingerprintKey() =>
        _ring.Database.Kind == DatabaseKind.Postgres && _ring.Master is { } master ? master.Derive("fingerprint") : OwnerOnlyFile.ReadOrCreate(Path.Combine(_ring.Folder, "fingerprint.key"));

    private sealed record Opened(ServiceProvider Provider, IDataProtector Protector, long At);
}
