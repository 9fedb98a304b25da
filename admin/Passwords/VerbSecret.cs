using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.Admin.Passwords;

/// <summary>Lets a verb on the same machine in, once: it leaves a random secret in an owner-only file of the data folder and sends it as <c>Authorization: Bearer verb:…</c>.</summary>
internal sealed class VerbSecret(DataFolder folder)
{
    /// <summary>What a verb's bearer token begins with.</summary>
    public const string Prefix = "verb:";

    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "admin-verb.secret";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int LongestFile = 256;

    private string FilePath => folder.In(FileName);

    /// <summary>Writes a new secret, replacing an unused one, and answers the bearer token to send.</summary>
    public string Leave()
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;

        File.Delete(FilePath);
        using var file = new FileStream(FilePath, options);
        file.Write(Encoding.ASCII.GetBytes(secret));
        return Prefix + secret;
    }

    /// <summary>Whether the bearer token is the secret that a verb left. A right one is used up by this call, whoever else tries it at the same time.</summary>
    public bool Use(string bearer)
    {
        var claimed = $"{FilePath}.{Guid.NewGuid():N}";
        try
        {
            if (!Knows(bearer))
                return false;

            // Of two who hold the same secret only one can rename the file.
            File.Move(FilePath, claimed);
            File.Delete(claimed);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether the bearer token is the secret that a verb left, without using it up.</summary>
    public bool Knows(string bearer)
    {
        try
        {
            var expected = ReadOwnerOnly();
            return expected.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(bearer), Encoding.UTF8.GetBytes(Prefix + expected));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Empty where the file is too large or others may read it.</summary>
    private string ReadOwnerOnly()
    {
        var file = new FileInfo(FilePath);
        if (!file.Exists || file.Length > LongestFile || file.LinkTarget is not null)
            return "";
        if (!OperatingSystem.IsWindows() && (file.UnixFileMode & ~OwnerOnly) != UnixFileMode.None)
            return "";

        return File.ReadAllText(FilePath).Trim();
    }
}
