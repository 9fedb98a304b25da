using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.AllInOne.Verbs;

/// <summary>Serves until it is told to stop.</summary>
internal static class ServeVerb
{
    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        await using var app = AllInOneHost.Build(settings);
        await StartUp.StartAsync(app, cancellationToken);
        await Welcome.WriteAsync(app);
        await app.WaitForShutdownAsync(CancellationToken.None);
        return 0;
    }
}
