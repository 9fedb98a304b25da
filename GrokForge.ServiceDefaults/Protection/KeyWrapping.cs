using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>Wraps the keys of the ring with the master key: AES-GCM, nonce and tag beside the text.</summary>
internal sealed class KeyWrapper(MasterKey master) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var nonce = RandomNumberGenerator.GetBytes(AesGcm.NonceByteSizes.MaxSize);
        var sealed_ = new byte[plain.Length];
        var tag = new byte[AesGcm.TagByteSizes.MaxSize];
        using var aes = new AesGcm(master.Derive("key ring"), tag.Length);
        aes.Encrypt(nonce, plain, sealed_, tag);
        return new EncryptedXmlInfo(
            new XElement("wrappedKey", new XElement("nonce", Convert.ToBase64String(nonce)), new XElement("tag", Convert.ToBase64String(tag)), new XElement("value", Convert.ToBase64String(sealed_))),
            typeof(KeyUnwrapper));
    }
}

/// <summary>Unwraps what <see cref="KeyWrapper"/> wrote. Data Protection creates it by its name in the ring: the name must stay.</summary>
internal sealed class KeyUnwrapper(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var master = services.GetService<MasterKey>() ?? throw new CryptographicException($"The key ring is wrapped, and {MasterKey.Variable} is not set.");
        var value = Read("value");
        var plain = new byte[value.Length];
        var tag = Read("tag");
        using var aes = new AesGcm(master.Derive("key ring"), tag.Length);
        aes.Decrypt(Read("nonce"), value, tag, plain);
        return XElement.Parse(Encoding.UTF8.GetString(plain));

        byte[] Read(string name) => Convert.FromBase64String((string?)encryptedElement.Element(name) ?? "");
    }
}
