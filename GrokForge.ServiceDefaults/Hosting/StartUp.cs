using System.Net.Sockets;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Hosting;

/// <summary>Runs a process so that what a person can mend ends in one sentence and an exit code, not in a stack trace.</summary>
public static partial class StartUp
{
    /// <summary>Serves until the process is told to stop; answers the exit code: 0, or 1 with a sentence on the error stream.</summary>
    /// <param name="build">Makes the process, not started yet.</param>
    public static async Task<int> ServeAsync(Func<WebApplication> build)
    {
        try
        {
            await using var app = build();
            await StartAsync(app, CancellationToken.None);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (OperationCanceledException)
        {
            // Asked to stop while still starting: that is no failure.
            return 0;
        }
        catch (Exception e) when (Sentence(e) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 1;
        }
    }

    /// <summary>Starts; what has begun to work before the start failed is brought to its end, or it would go on in a process that is being taken down.</summary>
    public static async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch
        {
            try
            {
                await app.StopAsync(CancellationToken.None);
            }
            catch (Exception e)
            {
                // What never got to its feet may fall once more: told is why the start failed.
                Log.StopFailed(app.Logger, e);
            }
            throw;
        }
    }

    /// <summary>A builder that looks for files beside the executable, never in the current directory, and refuses switches that nobody reads.</summary>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        // Slim: without IIS, HTTP/3 and the log providers that our own replace.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = SettingsArguments.Prepare(args), ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelHttpsConfiguration();
        return builder;
    }

    /// <summary>What to tell a person about a failed start; null where only a stack trace tells the truth.</summary>
    public static string? Sentence(Exception exception) => exception switch
    {
        StartRefusedException refused => refused.Message,
        AggregateException { InnerExceptions: [var only] } => Sentence(only),
        IOException { InnerException: AddressInUseException } taken => TakenPort(taken.Message),
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => TakenPort("The port is taken."),
        SocketException { SocketErrorCode: SocketError.AccessDenied } => "The process may not listen on that port. Choose one above 1023 with --app:port or GROKFORGE_APP__PORT.",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "This machine has no such address to listen on. Correct app.host.",
        _ => null,
    };

    private static string TakenPort(string what) =>
        $"{what.TrimEnd('.')}. Another program holds the port: stop it, or choose another one with --app:port, GROKFORGE_APP__PORT or app.port.";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "What had begun before the start failed did not stop as it should.")]
        public static partial void StopFailed(ILogger logger, Exception exception);
    }
}
