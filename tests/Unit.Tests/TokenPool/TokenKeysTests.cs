using System.Security.Cryptography;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.TokenPool.Tokens;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class TokenKeysTests
{
    private readonly RecordingLogger _log = new();

    [Fact]
    public void A_secret_of_the_own_ring_can_be_opened()
    {
        using var ring = new Ring();

        Assert.True(new TokenKeys(ring, _log).CanOpen(ring.Protect("a secret")));
    }

    [Fact]
    public void Secrets_of_a_lost_key_are_named_once()
    {
        using var lost = new Ring();
        using var own = new Ring();
        var keys = new TokenKeys(own, _log);

        Assert.False(keys.CanOpen(lost.Protect("one")));
        Assert.False(keys.CanOpen(lost.Protect("two")));
        Assert.Single(_log.Lines);
        Assert.Contains(new Guid(lost.Protect("one").AsSpan(4, 16)).ToString(), _log.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_masked_secret_shows_four_characters_at_each_end()
    {
        using var ring = new Ring();

        Assert.Equal("abcd****wxyz", new TokenKeys(ring, _log).Mask(ring.Protect("abcdefghijklmnopqrstuvwxyz")));
    }

    [Fact]
    public void A_secret_that_cannot_be_opened_is_masked_whole()
    {
        using var lost = new Ring();
        using var own = new Ring();

        Assert.Equal("****", new TokenKeys(own, _log).Mask(lost.Protect("abcdefghijklmnop")));
    }

    /// <summary>A key ring of its own, as the service defaults build one.</summary>
    private sealed class Ring : SecretProtector, IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-ring-");
        private readonly IDataProtector _protector;

        public Ring() => _protector = DataProtectionProvider.Create(_folder).CreateProtector("test");

        public void Dispose() => _folder.Delete(recursive: true);

        public override byte[] Protect(string secret) => _protector.Protect(System.Text.Encoding.UTF8.GetBytes(secret));

        public override string Unprotect(ReadOnlySpan<byte> protectedSecret) =>
            System.Text.Encoding.UTF8.GetString(_protector.Unprotect(protectedSecret.ToArray()));

        public override byte[] Fingerprint(string secret) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret));
    }

    private sealed class RecordingLogger : ILogger<TokenKeys>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
