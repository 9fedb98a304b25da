using System.Globalization;
using System.Security.Cryptography;

namespace GrokForge.Admin.Passwords;

/// <summary>Hashes passwords slowly and salted: pbkdf2-sha512$210000$salt$hash, salt and hash in base64.</summary>
internal static class SlowHash
{
    private const string Scheme = "pbkdf2-sha512";
    private const int Rounds = 210_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    public static string Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, salt, Rounds, HashAlgorithmName.SHA512, HashBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}${Rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");
    }

    /// <summary>False also for a stored text of another form.</summary>
    public static bool Matches(string password, string stored)
    {
        if (stored.Split('$') is not [Scheme, var roundsText, var saltText, var hashText] || !int.TryParse(roundsText, CultureInfo.InvariantCulture, out var rounds))
            return false;

        var expected = Convert.FromBase64String(hashText);
        var hash = Rfc2898DeriveBytes.Pbkdf2(password, Convert.FromBase64String(saltText), rounds, HashAlgorithmName.SHA512, expected.Length);
        return CryptographicOperations.FixedTimeEquals(hash, expected);
    }
}
