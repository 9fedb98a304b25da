using System.CommandLine;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Models;
using GrokForge.Simulator;

namespace GrokForge.AllInOne.Verbs;

/// <summary><c>demo</c>: serves against an embedded simulator, with demo tokens and a fresh demo key, so that nobody needs an account to see an answer.</summary>
internal static class DemoVerb
{
    public static Command Command(string[] settings)
    {
        var command = new Command("demo", "Serves against a built-in simulator of the upstream, with demo tokens and a demo key. No account is needed or used.");
        command.SetAction((_, cancellationToken) => RunAsync(settings, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        await using var upstream = await SimulatorHost.StartAsync(port: 0, cancellationToken);
        var folder = Path.Combine(StartSettings.Read(settings).App.DataDir, "demo");
        await using var app = AllInOneHost.Build(Isolated(settings, folder, upstream.BaseAddress));
        await StartUp.StartAsync(app, cancellationToken);

        await ImportDemoTokensAsync(app.Services.GetRequiredService<ITokenAdmin>(), cancellationToken);
        var key = await app.Services.GetRequiredService<IVirtualKeys>().CreateAsync(new() { Name = "demo" }, cancellationToken);
        Console.WriteLine($$"""

            GrokForge demo serves on {{Welcome.AddressOf(app)}} against a simulator: no account, no traffic to anybody.
            Try it in another terminal:

            curl -N {{Welcome.AddressOf(app)}}/v1/chat/completions -H "Authorization: Bearer {{key.Key}}" -H "Content-Type: application/json" -d '{"model":"grok-4.20-fast","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'

            Stop with Ctrl+C.
            """);
        await app.WaitForShutdownAsync(CancellationToken.None);
        return 0;
    }

    /// <summary>The operator's settings without their stores, egress and admin password: what comes last on the command line counts, and an empty value is none.</summary>
    internal static string[] Isolated(string[] settings, string folder, Uri upstream) =>
    [
        .. settings,
        $"--app:data_dir={folder}",
        "--app:db_driver=sqlite",
        "--app:db_path=",
        "--app:db_dsn=",
        "--app:app_key=",
        "--app:models_file=",
        "--app:log_file_path=logs/grokforge.log",
        $"--upstream:web_base_url={upstream.ToString().TrimEnd('/')}",
        $"--upstream:assets_base_url={upstream.ToString().TrimEnd('/')}",
        $"--upstream:xai_base_url={upstream.ToString().TrimEnd('/')}",
        "--proxy:base_proxy_url=",
        "--proxy:cf_cookies=",
        "--proxy:cf_clearance=",
        "--ConnectionStrings:grokforge=",
        "--ConnectionStrings:redis=",
        "--ConnectionStrings:rabbitmq=",
        "--ignore-overrides",
    ];

    private static async Task ImportDemoTokensAsync(ITokenAdmin admin, CancellationToken cancellationToken)
    {
        ImportTokenLine[] lines =
        [
            .. Enumerable.Range(1, 3).Select(i => new ImportTokenLine { Text = $"demo-basic-token-number-{i:000}", Pool = Pools.Basic }),
            new() { Text = "demo-super-token-number-001", Pool = Pools.Super },
            new() { Text = "demo-heavy-token-number-001", Pool = Pools.Heavy },
        ];
        await foreach (var _ in admin.ImportAsync(lines.ToAsyncEnumerable(), cancellationToken))
        {
            // A demo token that is there already stays.
        }
    }
}
