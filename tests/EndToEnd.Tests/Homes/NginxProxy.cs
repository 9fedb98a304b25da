using System.Diagnostics;
using System.Globalization;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>A real nginx with default settings in front of a gateway.</summary>
internal sealed class NginxProxy : IAsyncDisposable
{
    private static readonly string? Binary = new[] { "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx" }.FirstOrDefault(File.Exists);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-nginx-");
    private Process _process = null!;

    private NginxProxy(Uri upstream)
    {
        var port = FreePort.Next();
        Address = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/");
        var folder = _folder.FullName;
        File.WriteAllText(Path.Combine(folder, "nginx.conf"), $$"""
            daemon off;
            master_process off;
            user root;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/error.log;
            events { }
            http {
              access_log off;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              server {
                listen 127.0.0.1:{{port.ToString(CultureInfo.InvariantCulture)}};
                location / { proxy_pass {{upstream.ToString().TrimEnd('/')}}; }
              }
            }
            """);
    }

    public Uri Address { get; }

    public static void SkipUnlessAvailable() => Assert.SkipUnless(Binary is not null, "nginx is not installed");

    public static async Task<NginxProxy> StartAsync(Uri upstream, CancellationToken cancellationToken)
    {
        var proxy = new NginxProxy(upstream);
        var folder = proxy._folder.FullName;
        var start = new ProcessStartInfo(Binary!, ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-e", Path.Combine(folder, "error.log")]) { RedirectStandardError = true };
        proxy._process = await Starter.StartAsync(start);
        using var probe = WatchedClient.Of(null);
        while (true)
        {
            if (proxy._process.HasExited)
                throw new InvalidOperationException($"nginx ended: {await proxy._process.StandardError.ReadToEndAsync(cancellationToken)}");
            try
            {
                using var _ = await probe.GetAsync(proxy.Address, cancellationToken);
                return proxy;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
