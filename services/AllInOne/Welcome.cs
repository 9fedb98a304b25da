using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace GrokForge.AllInOne;

/// <summary>Tells the person who started the server where it is and what to do next.</summary>
internal static class Welcome
{
    public static async Task WriteAsync(WebApplication app)
    {
        var address = AddressOf(app);
        var tokens = await app.Services.GetRequiredService<ITokenAdmin>().CountsAsync(new(), CancellationToken.None);
        var keys = await app.Services.GetRequiredService<IVirtualKeys>().CountsAsync(new(), CancellationToken.None);
        var lines = new List<string>
        {
            "",
            $"GrokForge serves on {address}",
            $"Data folder: {app.Services.GetRequiredService<DataFolder>().Path}",
        };
        if (tokens.Total == 0)
            lines.Add("Next: add a token of yours     grokforge token add");
        if (keys.Total == 0)
            lines.Add("Next: make a key for a client  grokforge key create --name me");
        if (tokens.Total > 0 && keys.Total > 0)
            lines.Add($"Point your client at {address}/v1 ({tokens.Active} of {tokens.Total} tokens active).");
        lines.Add("(In a checkout: dotnet run --project services/AllInOne -c Release -- token add.)  Stop with Ctrl+C.");
        foreach (var line in lines)
            Console.WriteLine(line);
    }

    public static string AddressOf(WebApplication app)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "";
        return address.Replace("127.0.0.1", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal)
            .Replace("[::]", "localhost", StringComparison.Ordinal).TrimEnd('/');
    }
}
