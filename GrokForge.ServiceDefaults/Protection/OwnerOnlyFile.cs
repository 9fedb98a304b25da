using System.Security.Cryptography;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>Random bytes in a file that only its owner may read, created once by whichever process comes first.</summary>
internal static class OwnerOnlyFile
{
    private const int Bytes = 32;

    public static byte[] ReadOrCreate(string file)
    {
        if (!File.Exists(file))
            Create(file);
        return File.ReadAllBytes(file);
    }

    private static void Create(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var draft = $"{file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(draft, options))
            stream.Write(RandomNumberGenerator.GetBytes(Bytes));
        try
        {
            // Moving never overwrites: the first process wins, and the file is never seen half-written.
            File.Move(draft, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(draft);
        }
    }
}
