using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>A file whose content is looked at again and again: works where file notifications do not (mounted volumes, replaced links).</summary>
internal sealed class WatchedFile(string path)
{
    private const int LooksThatCount = 2;

    private byte[]? _taken;
    private byte[]? _seen;
    private int _failedLooks;
    private string _fault = "";

    public string Path => path;

    /// <summary>Why the file cannot be read, told once, when two looks in a row failed; null: nothing new.</summary>
    public string? TakeFault()
    {
        if (_failedLooks != LooksThatCount)
            return null;
        _failedLooks++;
        return _fault;
    }

    /// <summary>Reads the file for the first time; null where it does not exist.</summary>
    /// <exception cref="StartRefusedException">It exists but cannot be read.</exception>
    public byte[]? ReadAtStart()
    {
        try
        {
            _taken = _seen = ReadOrNull();
            return _taken;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"{path} cannot be read ({exception.Message}); make it a file that this user may read, then start again.");
        }
    }

    /// <summary>Whether the content changed since it was last taken. A change counts when two looks in a row agree: one look may meet a half-written file.</summary>
    /// <param name="content">Null: the file is gone.</param>
    public bool TryTakeChange(out byte[]? content)
    {
        content = null;
        try
        {
            var now = ReadOrNull();
            _failedLooks = 0;
            var settled = Same(now, _seen);
            _seen = now;
            if (!settled || Same(now, _taken))
                return false;
            content = _taken = now;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _fault = exception.Message;
            _failedLooks++;
            return false;
        }
    }

    private byte[]? ReadOrNull()
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static bool Same(byte[]? one, byte[]? other) => one is null ? other is null : other is not null && one.AsSpan().SequenceEqual(other);
}
