using System.Text.Json;
using GrokForge.Gateway.Rim;
using GrokForge.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>Signs of life before whole answers, on a real server.</summary>
public sealed class KeepAliveOverTheWire : IAsyncDisposable
{
    private static readonly TimeSpan CommitAfter = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly Pulse _pulse;
    private readonly TaskCompletionSource<OpenAIError?> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _client = WatchedClient.Of(null);
    private WebApplication? _app;

    public KeepAliveOverTheWire() => _pulse = new Pulse(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_app is not null)
            await _app.DisposeAsync();
        _pulse.Dispose();
    }

    [Fact]
    public async Task A_late_answer_comes_after_white_space_that_json_readers_do_not_mind()
    {
        var request = await AskAsync();
        _time.Advance(CommitAfter);
        using var response = await request.WaitAsync(Token);
        Assert.Equal((200, "application/json", "no"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers.GetValues("X-Accel-Buffering").Single()));
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        Assert.Equal(' ', body.ReadByte());
        _time.Advance(KeepAliveWriter.Every);
        Assert.Equal(' ', body.ReadByte());
        _answer.SetResult(null);
        Assert.True((await JsonDocument.ParseAsync(body, default, Token)).RootElement.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task A_failure_before_the_commit_keeps_its_status()
    {
        var request = await AskAsync();
        _answer.SetResult(new OpenAIError(502, "upstream_error", "The upstream is away."));
        using var response = await request;
        Assert.Equal(502, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_failure_after_the_commit_is_the_envelope_under_200()
    {
        var request = await AskAsync();
        _time.Advance(CommitAfter);
        using var response = await request.WaitAsync(Token);
        _answer.SetResult(new OpenAIError(502, "upstream_error", "The upstream is away."));
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal((200, ' '), ((int)response.StatusCode, text[0]));
        Assert.Equal("upstream_error", JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    /// <summary>Asks a door that answers when <see cref="_answer"/> is set.</summary>
    private async Task<Task<HttpResponseMessage>> AskAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapGet("/", async (HttpContext context) =>
        {
            await using var alive = KeepAliveWriter.Begin(context, CommitAfter, _time, _pulse);
            _begun.SetResult();
            if (await _answer.Task is { } failure)
            {
                await alive.FailAsync(failure);
                return;
            }

            await alive.EndAsync();
            await context.Response.WriteAsync("""{"ok":true}""", context.RequestAborted);
        });
        await _app.StartAsync(Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        request.Headers.Add(KeepAliveWriter.Header, "true");
        var response = _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await _begun.Task.WaitAsync(Token);
        return response;
    }
}
