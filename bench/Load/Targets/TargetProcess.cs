using System.Diagnostics;
using System.Globalization;

namespace GrokForge.LoadBench.Targets;

/// <summary>A started program, and what it costs.</summary>
internal sealed class TargetProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];

    private TargetProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory in bytes.</summary>
    public long Resident
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static TargetProcess Start(string program, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new TargetProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start."));
    }

    /// <summary>Asks again and again until the answer is 200; answers the milliseconds that took.</summary>
    public async Task<double> UntilServingAsync(Uri address, string? key, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        while (true)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"It ended with {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}:\n{Output}");
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (key is not null)
                request.Headers.Authorization = new("Bearer", key);
            try
            {
                using var answer = await client.SendAsync(request, cancellationToken);
                if (answer.IsSuccessStatusCode)
                    return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public string Output
    {
        get
        {
            lock (_output)
                return string.Join('\n', _output);
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (_output)
            _output.Add(line);
    }
}
