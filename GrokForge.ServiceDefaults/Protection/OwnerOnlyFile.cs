using System.Security.Cryptography;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>Random bytes in a file that only its owner may read, created once by whichever process comes first.</summary>
internal static class OwnerOnlyFile
{
    private const int Bytes = 32;
    private const int MostSpins = 10_000;

    public static byte[] ReadOrCreate(string file)
    {
        if (!File.Exists(file))
            Create(file);
        return File.ReadAllBytes(file);
    }

    private static void Create(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);

        // A move that does not overwrite is a look and a move on Unix, so two could both find nothing: the lock makes it one step.
        using var gate = TakeLock(file + ".lock");
        if (File.Exists(file))
            return;

        var draft = $"{file}.{Guid.NewGuid():N}";
        using (var stream = new FileStream(draft, OwnerOnly(FileMode.CreateNew)))
            stream.Write(RandomNumberGenerator.GetBytes(Bytes));

        // The file is never seen half-written.
        File.Move(draft, file, overwrite: false);
    }

    private static FileStream TakeLock(string file)
    {
        var spin = new SpinWait();
        while (true)
        {
            try
            {
                return new FileStream(file, OwnerOnly(FileMode.OpenOrCreate));
            }
            catch (IOException) when (File.Exists(file) && spin.Count < MostSpins)
            {
                // Somebody creates the file right now; it takes them less than a millisecond.
                spin.SpinOnce();
            }
        }
    }

    private static FileStreamOptions OwnerOnly(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
