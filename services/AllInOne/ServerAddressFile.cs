using GrokForge.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace GrokForge.AllInOne;

/// <summary>Leaves the running server's address in its data folder, so that a verb of the same executable can find it.</summary>
internal sealed class ServerAddressFile(DataFolder folder, IServer server, IHostApplicationLifetime lifetime) : IHostedService
{
    private const string FileName = "server.address";
    private bool _written;

    public static async Task<Uri?> ReadAsync(string dataFolder, CancellationToken cancellationToken)
    {
        try
        {
            var text = await File.ReadAllTextAsync(Path.Combine(dataFolder, FileName), cancellationToken);
            return Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address) ? address : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Write);
        lifetime.ApplicationStopped.Register(Delete);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Write()
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses
            .OrderBy(a => a.StartsWith("https:", StringComparison.OrdinalIgnoreCase)).FirstOrDefault();
        if (address is null)
            return;
        File.WriteAllText(Path.Combine(folder.Path, FileName), LoopbackOf(address));
        _written = true;
    }

    // A start that failed, on a taken port, must not take away the address of the server that holds it.
    private void Delete()
    {
        if (_written)
            File.Delete(Path.Combine(folder.Path, FileName));
    }

    internal static string LoopbackOf(string address) =>
        address.Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal).Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://*", "://127.0.0.1", StringComparison.Ordinal).Replace("://+", "://127.0.0.1", StringComparison.Ordinal);
}
