using Google.Protobuf;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.Upstream.Leases;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class OpenedSecretsTests
{
    private readonly CountingProtector _protector = new();

    [Fact]
    public void A_token_in_steady_use_is_opened_once()
    {
        var secrets = new OpenedSecrets(_protector);
        Assert.Equal("a", secrets.Open(Grant(1, "a")));
        Assert.Equal("a", secrets.Open(Grant(1, "a")));
        Assert.Equal("b", secrets.Open(Grant(2, "b")));
        Assert.Equal(2, _protector.Opened);
    }

    [Fact]
    public void A_secret_that_was_encrypted_anew_is_opened_anew()
    {
        var secrets = new OpenedSecrets(_protector);
        secrets.Open(Grant(1, "a"));
        Assert.Equal("c", secrets.Open(Grant(1, "c")));
    }

    [Fact]
    public void More_tokens_than_are_remembered_are_all_opened()
    {
        var secrets = new OpenedSecrets(_protector);
        for (var id = 1; id <= 25_000; id++)
            Assert.Equal("a", secrets.Open(Grant(id, "a")));
        Assert.Equal(25_000, _protector.Opened);
    }

    private static Grant Grant(long id, string secret) => new() { TokenId = id, ProtectedSecret = ByteString.CopyFromUtf8(secret) };

    private sealed class CountingProtector : SecretProtector
    {
        public int Opened { get; private set; }

        public override byte[] Protect(string secret) => throw new NotSupportedException();

        public override string Unprotect(ReadOnlySpan<byte> protectedSecret)
        {
            Opened++;
            return System.Text.Encoding.UTF8.GetString(protectedSecret);
        }

        public override byte[] Fingerprint(string secret) => throw new NotSupportedException();
    }
}
