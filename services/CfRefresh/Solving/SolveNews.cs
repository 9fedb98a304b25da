using System.Globalization;
using GrokForge.CfRefresh.Clearance;
using GrokForge.Contracts.Events;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Protection;

namespace GrokForge.CfRefresh.Solving;

/// <summary>What the rest of the installation learns of a try: by the bus and by the log.</summary>
internal sealed partial class SolveNews(SecretProtector protector, EventPublisher events, ILogger<SolveNews> logger)
{
    public byte[] Protect(string cookies) => protector.Protect(cookies);

    public void Tell(ClearanceRow row)
    {
        if (row.Failures > 0)
        {
            Log.Failed(logger, row.Egress, row.Error, row.Failures, SolvePace.PauseAfter(row.Failures).TotalSeconds);
            return;
        }

        Log.Solved(logger, row.Egress, row.Version);
        events.Publish(new ClearanceRefreshed(row.Egress, Version(row)));
    }

    public static string Version(ClearanceRow row) => row.Version.ToString(CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Egress {Egress} has a new clearance, {Version}.")]
        public static partial void Solved(ILogger logger, string egress, long version);

        [LoggerMessage(2, LogLevel.Warning, "No clearance for egress {Egress}: {Error}. That was try {Failures} in a row; the next one comes in {Pause} s.")]
        public static partial void Failed(ILogger logger, string egress, string error, int failures, double pause);
    }
}
