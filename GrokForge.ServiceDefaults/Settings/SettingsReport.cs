using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Tells the log which settings came in force, which were refused and why.</summary>
internal sealed partial class SettingsReport(ILogger<SettingsReport> logger)
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    public void Started(string service, string file, bool exists, SnapshotBuild build)
    {
        if (exists)
            Log.ReadFile(logger, service, file);
        else
            Log.NoFile(logger, service, file);
        Warn(build);
    }

    /// <summary>Tells how a changed source ended.</summary>
    public void Changed(string source, SnapshotBuild build)
    {
        if (build.Snapshot is null)
        {
            foreach (var problem in build.Problems)
                Log.Refused(logger, source, problem.ToString());
            return;
        }

        Log.InForce(logger, source);
        Warn(build);
    }

    public void Unreadable(string source, string fault) => Log.Refused(logger, source, fault);

    public void CatalogInForce(string file, int models) => Log.CatalogInForce(logger, file, models);

    public void CatalogRefused(string file, string fault) => Log.CatalogRefused(logger, file, fault);

    // Each warning once: a reload repeats them all.
    private void Warn(SnapshotBuild build)
    {
        foreach (var warning in build.Warnings)
        {
            lock (_told)
            {
                if (!_told.Add(warning.ToString()))
                    continue;
            }

            Log.Warned(logger, warning.ToString());
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Service {Service} reads its settings from {File}.")]
        public static partial void ReadFile(ILogger logger, string service, string file);

        [LoggerMessage(LogLevel.Information, "Service {Service} runs on default settings; {File} does not exist.")]
        public static partial void NoFile(ILogger logger, string service, string file);

        [LoggerMessage(LogLevel.Warning, "Setting: {Warning}.")]
        public static partial void Warned(ILogger logger, string warning);

        [LoggerMessage(LogLevel.Information, "Changed settings from {Source} are in force.")]
        public static partial void InForce(ILogger logger, string source);

        [LoggerMessage(LogLevel.Error, "Changed settings from {Source} are refused and the old ones stay: {Problem}. Correct it; it is read again by itself.")]
        public static partial void Refused(ILogger logger, string source, string problem);

        [LoggerMessage(LogLevel.Information, "The model catalog {File} with {Models} models is in force.")]
        public static partial void CatalogInForce(ILogger logger, string file, int models);

        [LoggerMessage(LogLevel.Error, "The changed model catalog {File} is refused and the old one stays: {Fault}. Correct it; it is read again by itself.")]
        public static partial void CatalogRefused(ILogger logger, string file, string fault);
    }
}
