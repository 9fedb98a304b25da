using System.IO.Pipelines;
using System.Net.Http.Headers;
using System.Text.Json;
using GrokForge.Admin.Doctors;
using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using GrokForge.Admin.Tokens;
using GrokForge.Admin.Tokens.Import;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.AllInOne.Verbs;

/// <summary>Does one administrative thing: through the server that holds the data folder, else in the stores themselves.</summary>
internal sealed class LocalAdmin : IAsyncDisposable
{
    // Where nobody listens this is told at once; who listens may be slow, and to take him for absent would end at his lock on the stores.
    private static readonly TimeSpan AliveWithin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SettingsWithin = TimeSpan.FromSeconds(10);

    // An import of a hundred thousand tokens takes a while.
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(10);
    private readonly HttpClient? _server;
    private readonly DataFolder _folder;
    private readonly WebApplication? _app;

    private LocalAdmin(DataFolder folder, HttpClient? server, WebApplication? app) => (_folder, _server, _app) = (folder, server, app);

    public static async Task<LocalAdmin> OpenAsync(string[] settings, CancellationToken cancellationToken)
    {
        var folder = DataFolder.Resolve(StartSettings.Read(settings).App.DataDir);
        if (await ServerAddressFile.ReadAsync(folder.Path, cancellationToken) is var (address, confirmation))
        {
            var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = LongestCall };
            if (await AnswersAsync(client, confirmation, cancellationToken))
                return new LocalAdmin(folder, client, app: null);
            client.Dispose();
        }

        var app = AllInOneHost.BuildWithoutDoors(settings);
        await StartUp.StartAsync(app, cancellationToken);
        return new LocalAdmin(folder, server: null, app);
    }

    /// <summary>Imports what the input holds.</summary>
    public async Task<ImportReport> AddTokensAsync(Stream input, ImportWish wish, CancellationToken cancellationToken)
    {
        var report = new ImportReport();
        if (_app is null)
        {
            using var reply = await SendAsync(
                HttpMethod.Post, $"admin/tokens/import?pool={wish.Pool}&priority={wish.Priority}&dry_run={(wish.IsDryRun ? "true" : "false")}", new StreamContent(input), cancellationToken);
            foreach (var line in reply.RootElement.GetProperty("lines").EnumerateArray())
            {
                report.Take(line.GetProperty("line").GetInt32(), line.GetProperty("outcome").GetString() is "added" or "revived",
                    line.TryGetProperty("pool", out var pool) ? pool.GetString()! : "", line.TryGetProperty("message", out var message) ? message.GetString()! : "");
            }

            report.Stopped = reply.RootElement.TryGetProperty("stopped", out var stopped) ? stopped.GetString()! : "";
            return report;
        }

        var entries = new ImportInput(PipeReader.Create(input));
        await foreach (var (place, result) in wish.ImportAsync(_app.Services.GetRequiredService<ITokenAdmin>(), entries.ReadAsync(cancellationToken), cancellationToken))
            report.Take(place, ImportCounts.IsIn(result), result.Pool, ImportCounts.IsIn(result) ? "" : TokenBatch.MessageOf(result));
        report.Stopped = entries.Fault;
        return report;
    }

    /// <summary>Creates a key and answers it in full.</summary>
    public async Task<string> CreateKeyAsync(CreateKeyRequest request, CancellationToken cancellationToken)
    {
        if (_app is not null)
            return (await _app.Services.GetRequiredService<IVirtualKeys>().CreateAsync(request, cancellationToken)).Key;

        using var reply = await SendAsync(HttpMethod.Post, "admin/apikeys",
            JsonContent.Create(new { name = request.Name, model_whitelist = request.ModelWhitelist.ToArray(), rate_limit = request.RateLimit, daily_limit = request.DailyLimit }),
            cancellationToken);
        return reply.RootElement.GetProperty("key").GetString() ?? "";
    }

    /// <summary>Sets a new admin password and answers it.</summary>
    public async Task<string> ResetPasswordAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
            return await ResetInStoresAsync(_app.Services, cancellationToken);

        using var reply = await SendAsync(HttpMethod.Post, "admin/reset-admin", JsonContent.Create(new { }), cancellationToken);
        return reply.RootElement.GetProperty("password").GetString() ?? "";
    }

    /// <summary>Has a token tried against its upstream.</summary>
    public async Task<DoctorReport> ExamineAsync(DoctorRequest request, CancellationToken cancellationToken)
    {
        if (_app is null)
        {
            using var reply = await SendAsync(HttpMethod.Post, "admin/doctor", JsonContent.Create(request, options: AdminJson.Options), cancellationToken);
            return reply.RootElement.Deserialize<DoctorReport>(AdminJson.Options)!;
        }

        // The way out is one of the saved settings.
        if (!await _app.Services.GetRequiredService<CurrentSettings>().IsReadyWithinAsync(SettingsWithin, TimeProvider.System, cancellationToken))
            throw new StartRefusedException("The saved settings cannot be read, and the egress may be among them. Add --ignore-overrides to try nevertheless.");
        var (report, error) = await _app.Services.GetRequiredService<Doctor>().ExamineAsync(request, cancellationToken);
        return report ?? throw new StartRefusedException(error!.Message);
    }

    public async ValueTask DisposeAsync()
    {
        _server?.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync(CancellationToken.None);
            await _app.DisposeAsync();
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient client, Uri confirmation, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(AliveWithin, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var answer = await client.GetAsync(confirmation, either.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<string> ResetInStoresAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        // A saved app_key is known only when the saved settings are.
        if (!await services.GetRequiredService<CurrentSettings>().IsReadyWithinAsync(SettingsWithin, TimeProvider.System, cancellationToken))
            throw new StartRefusedException("The saved settings cannot be read, and app.app_key may be among them. Add --ignore-overrides to reset nevertheless.");

        var password = services.GetRequiredService<AdminPassword>();
        return password.IsAppKey ? throw new StartRefusedException(AdminPassword.IsSetElsewhere) : await password.ResetAsync(cancellationToken);
    }

    private async Task<JsonDocument> SendAsync(HttpMethod method, string path, HttpContent body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", new VerbSecret(_folder).Leave());
        using var answer = await _server!.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        if (answer.IsSuccessStatusCode)
            return JsonDocument.Parse(text);
        throw new StartRefusedException($"The server answered {(int)answer.StatusCode}: {MessageOf(text)}");
    }

    private static string MessageOf(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.GetProperty("error").GetProperty("message").GetString() ?? text;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return text;
        }
    }
}
