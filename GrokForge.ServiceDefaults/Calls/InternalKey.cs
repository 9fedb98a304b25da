namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Who this process is among the services, and the key they share; null where none was given.</summary>
internal sealed record InternalKey(string Service, string? Secret)
{
    public const string Variable = "GROKFORGE_INTERNAL_KEY";

    public byte[] SigningKey => System.Security.Cryptography.HKDF.DeriveKey(
        System.Security.Cryptography.HashAlgorithmName.SHA256, System.Text.Encoding.UTF8.GetBytes(Required), 32, info: "grokforge internal calls"u8.ToArray());

    private string Required => Secret is { Length: >= 16 } secret
        ? secret
        : throw new Hosting.StartRefusedException($"{Variable} is missing or shorter than 16 characters. Every service of one installation needs the same one: set it to a long random text.");
}
