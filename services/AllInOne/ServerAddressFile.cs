using System.Security.Cryptography;
using GrokForge.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace GrokForge.AllInOne;

/// <summary>
/// Leaves the running server's address in its data folder, and a random name of this run, so that a verb of the same executable can find it, and does not take
/// another server for it that has come to the port of one that was killed.
/// </summary>
internal sealed class ServerAddressFile(DataFolder folder, IServer server, IHostApplicationLifetime lifetime) : IHostedService
{
    private const string FileName = "server.address";

    /// <summary>Answers 204 behind this run's name, 404 behind any other.</summary>
    public const string Door = "/alive/instance";

    private bool _written;

    /// <summary>The random name of this run. It is no secret.</summary>
    public string Instance { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The address that was left in a data folder, and where its server confirms that it is still the one; null: none was left, or none that can be confirmed.</summary>
    public static async Task<(Uri Address, Uri Confirmation)?> ReadAsync(string dataFolder, CancellationToken cancellationToken)
    {
        try
        {
            var lines = await File.ReadAllLinesAsync(Path.Combine(dataFolder, FileName), cancellationToken);
            return lines is [var text, var instance, ..] && Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address)
                ? (address, new Uri(address, $"{Door}/{instance.Trim()}"))
                : null;
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
        File.WriteAllText(Path.Combine(folder.Path, FileName), $"{LoopbackOf(address)}\n{Instance}\n");
        _written = true;
    }

    // A start that failed, on a taken port, must not take away the address of the server that holds it; nor must a server that ends late that of its successor.
    private void Delete()
    {
        var file = Path.Combine(folder.Path, FileName);
        if (_written && File.Exists(file) && File.ReadAllLines(file) is [_, var instance, ..] && instance == Instance)
            File.Delete(file);
    }

    internal static string LoopbackOf(string address) =>
        address.Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal).Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://*", "://127.0.0.1", StringComparison.Ordinal).Replace("://+", "://127.0.0.1", StringComparison.Ordinal);
}
