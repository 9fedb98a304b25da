using System.Diagnostics;
using System.Globalization;

namespace GrokForge.TestKit.Servers;

/// <summary>
/// A process that is stopped with all that it has started: its connections stay open, and nobody answers on them, as behind a network that swallows everything. It goes on
/// when this is disposed, or when the test process ends, however it ends: a shell holds the pause, for as long as its input is open.
/// </summary>
public sealed class PausedProcess : IAsyncDisposable
{
    // The parent first: it starts no more while its children are looked up.
    private const string Hold =
        """
        members() { echo "$1"; for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do members "$child"; done; }
        kill -STOP "$1"
        all=$(members "$1")
        kill -STOP $all 2>/dev/null
        echo stopped
        cat > /dev/null
        kill -CONT $all 2>/dev/null
        """;

    private readonly Process _shell;

    private PausedProcess(Process shell) => _shell = shell;

    /// <summary>Answers when the process has stopped. Only Linux tells which processes a process has started.</summary>
    public static async Task<PausedProcess> StartAsync(int process)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Hold, "sh", process.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var shell = Process.Start(start)!;
        await shell.StandardOutput.ReadLineAsync();
        return new PausedProcess(shell);
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
