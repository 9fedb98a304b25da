using System.Diagnostics;
using System.Globalization;

namespace GrokForge.TestKit.Servers;

/// <summary>
/// A server program on a free loopback port with a private folder. A shell watches over it: when the test process ends, however it ends,
/// the shell's input closes, and it stops the server by its process id and removes the folder.
/// </summary>
public sealed class LocalServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private const string Watch =
        """
        cd "$D" || exit 1
        :start
        echo "$pid" > "$D/server.pid"
        words=$(cat)
        :stop
        wait "$pid" 2>/dev/null
        [ "$words" = keep ] || rm -rf "$D"
        """;

    private readonly ServerRecipe _recipe;
    private readonly string _folder;
    private readonly int _port;
    private Process? _shell;

    private LocalServer(ServerRecipe recipe)
    {
        _recipe = recipe;
        _port = FreePort.Next();
        _folder = Directory.CreateTempSubdirectory($"grokforge-{recipe.Name.ToLowerInvariant()}-").FullName;
    }

    /// <summary>Where its files lie until it is disposed.</summary>
    public string Folder => _folder;

    /// <summary>The server's process, which has started all others of it.</summary>
    public int ProcessId => int.Parse(File.ReadAllText(Path.Combine(_folder, "server.pid")), CultureInfo.InvariantCulture);

    public string ConnectionString => _recipe.ConnectionString(_port);

    internal static async Task<LocalServer> StartAsync(ServerRecipe recipe, CancellationToken cancellationToken)
    {
        var server = new LocalServer(recipe);
        await server.StartAsync(cancellationToken);
        return server;
    }

    /// <summary>Starts the server again, on its port and with its files.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, ArgumentList = { "-c", Watch.Replace(":start", _recipe.Script, StringComparison.Ordinal).Replace(":stop", _recipe.StopScript, StringComparison.Ordinal) } };
        start.Environment["D"] = _folder;
        start.Environment["P"] = $"{_port}";
        start.Environment["P2"] = $"{FreePort.Next()}";
        start.Environment["P3"] = $"{FreePort.Next()}";
        _shell = Process.Start(start)!;

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        while (!await _recipe.IsReadyAsync(ConnectionString, limit.Token))
        {
            if (_shell.HasExited || limit.IsCancellationRequested)
                throw new InvalidOperationException($"{_recipe.Name} did not start in {_folder}:{Environment.NewLine}{Output()}");
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Ends the server at once, as <c>kill -9</c> does, and keeps its files, so that it can be started again.</summary>
    public async Task KillAsync()
    {
        // Only the shell that started it learns of its end.
        using (var process = Process.GetProcessById(ProcessId))
            process.Kill(entireProcessTree: true);
        await EndAsync("keep", CancellationToken.None);
    }

    /// <summary>Stops the server and keeps its files, so that it can be started again.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => EndAsync("keep", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await EndAsync("", CancellationToken.None);
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task EndAsync(string words, CancellationToken cancellationToken)
    {
        if (_shell is not { } shell)
            return;

        _shell = null;
        await shell.StandardInput.WriteAsync(words);
        shell.StandardInput.Close();
        try
        {
            await shell.WaitForExitAsync(cancellationToken).WaitAsync(StopLimit, cancellationToken);
        }
        catch (TimeoutException)
        {
            shell.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{_recipe.Name} did not stop within {StopLimit.TotalSeconds} s:{Environment.NewLine}{Output()}");
        }
        finally
        {
            shell.Dispose();
        }
    }

    private string Output()
    {
        var log = Path.Combine(_folder, "out.log");
        return File.Exists(log) ? string.Join(Environment.NewLine, File.ReadLines(log).TakeLast(15)) : "(no output)";
    }
}
