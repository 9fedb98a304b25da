using System.Security.Cryptography;
using System.Xml.Linq;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class MasterKeyTests
{
    private static readonly XElement Secret = new("masterKey", new XElement("value", "c2VjcmV0"));

    [Fact]
    public void A_wrapped_key_comes_back_with_the_same_master_key()
    {
        var wrapped = new KeyWrapper(Key("0123456789abcdef")).Encrypt(Secret);

        Assert.Equal(typeof(KeyUnwrapper), wrapped.DecryptorType);
        Assert.DoesNotContain("c2VjcmV0", wrapped.EncryptedElement.ToString(), StringComparison.Ordinal);
        Assert.True(XNode.DeepEquals(Secret, Unwrap(wrapped.EncryptedElement, Key("0123456789abcdef"))));
    }

    [Fact]
    public void Another_master_key_does_not_unwrap()
    {
        var wrapped = new KeyWrapper(Key("0123456789abcdef")).Encrypt(Secret);

        Assert.ThrowsAny<CryptographicException>(() => Unwrap(wrapped.EncryptedElement, Key("0123456789abcdeF")));
    }

    [Fact]
    public void Purposes_have_keys_of_their_own() => Assert.NotEqual(Key("0123456789abcdef").Derive("a"), Key("0123456789abcdef").Derive("b"));

    [Theory, InlineData(null), InlineData("")]
    public void Nothing_said_means_no_master_key(string? text) => Assert.Null(MasterKey.From(text));

    [Fact]
    public void A_short_master_key_is_refused() => Assert.Throws<StartRefusedException>(() => MasterKey.From("fifteen letters"));

    [Fact]
    public void Many_processes_that_create_one_file_read_the_same_bytes()
    {
        var folder = Directory.CreateTempSubdirectory("grokforge-unit-");
        try
        {
            var file = Path.Combine(folder.FullName, "keys", "fingerprint.key");

            var read = new string[16];
            Parallel.For(0, read.Length, i => read[i] = Convert.ToHexString(OwnerOnlyFile.ReadOrCreate(file)));

            Assert.Single(read.Distinct());
            Assert.Equal(64, read[0].Length);
            Assert.Equal(["fingerprint.key", "fingerprint.key.lock"], Directory.GetFiles(Path.GetDirectoryName(file)!).Select(Path.GetFileName).Order());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static MasterKey Key(string text) => MasterKey.From(text)!;

    private static XElement Unwrap(XElement wrapped, MasterKey key)
    {
        using var services = new ServiceCollection().AddSingleton(key).BuildServiceProvider();
        return new KeyUnwrapper(services).Decrypt(wrapped);
    }
}
