using System.CommandLine;
using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.AllInOne.Verbs;

/// <summary>Asks the server on this machine whether it is ready; for container health checks.</summary>
internal static class HealthcheckVerb
{
    public static Command Command(string[] settings)
    {
        var command = new Command("healthcheck", "Ends with 0 when the server on this machine is ready, else with 1.");
        command.SetAction((_, cancellationToken) => RunAsync(settings, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        var folder = DataFolder.Resolve(StartSettings.Read(settings).App.DataDir);
        var address = await ServerAddressFile.ReadAsync(folder.Path, cancellationToken) is var (left, _) ? left : StartSettings.Address(settings);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };
        try
        {
            using var answer = await client.GetAsync(new Uri(address, "/health"), cancellationToken);
            Console.WriteLine(answer.IsSuccessStatusCode ? "ready" : $"not ready ({(int)answer.StatusCode})");
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Console.WriteLine($"no server answers on {address.Authority}");
            return 1;
        }
    }
}
