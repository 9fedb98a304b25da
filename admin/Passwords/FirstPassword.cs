using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.Admin.Passwords;

/// <summary>Sees to it that there is an admin password as soon as the settings are known, and prints a generated one once, on standard output only.</summary>
internal sealed partial class FirstPassword(AdminPassword password, CurrentSettings settings, TimeProvider time, ILogger<FirstPassword> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _look = new(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        settings.Changed += LookAgain;
        try
        {
            while (true)
            {
                await _look.WaitAsync(stoppingToken);
                // Before the saved settings are read, app_key may look empty and not be.
                if (settings.Current.OverridesVersion >= 0)
                    await EnsureAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends.
        }
        finally
        {
            settings.Changed -= LookAgain;
        }
    }

    private async Task EnsureAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await password.EnsureAsync(cancellationToken) is { } generated)
                    Print(Console.Out, generated);
                return;
            }
            catch (Exception e) when (DatabaseFault.Is(e))
            {
                Log.DatabaseAway(logger, e);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The rim of the loop: without a password the rest of the process still serves.
                Log.Failed(logger, e);
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    // Not through the logger: logs are kept, shipped and read by many.
    internal static void Print(TextWriter output, string generated)
    {
        output.WriteLine();
        output.WriteLine($"  Admin password (shown this once): {generated}");
        output.WriteLine("  Log in with it, or send it as 'Authorization: Bearer …' to /admin. 'grokforge reset-admin' makes a new one; app.app_key sets your own.");
        output.WriteLine();
    }

    private void LookAgain(SettingsSnapshot snapshot)
    {
        // Several changes before the next look are one look.
        if (_look.CurrentCount == 0)
            _look.Release();
    }

    private static partial class Log
    {
        [LoggerMessage(5101, LogLevel.Warning, "The database is away; the admin password cannot be set up yet.")]
        public static partial void DatabaseAway(ILogger logger, Exception exception);

        [LoggerMessage(5102, LogLevel.Error, "The admin password could not be set up; it is tried again.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
