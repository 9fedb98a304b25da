using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.EndToEnd.Tests.Scenarios;
using GrokForge.Simulator.Records;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>Many clients that ask without pause, streams and whole answers in three modes, and take note of how each call ended; with the simulator's record of each.</summary>
internal sealed class ChaosLoad(Home home, string key, int seed, int clients)
{
    private static readonly (string Model, string Mode)[] Models = [("grok-4.20-fast", "fast"), ("grok-4.20", "auto"), ("grok-4.20-expert", "expert")];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly ConcurrentQueue<ChaosCall> _calls = new();
    private readonly ConcurrentDictionary<long, ReceivedRequest> _received = [];
    private Task _running = Task.CompletedTask;
    private volatile bool _isOver;
    private int _number;

    public static IReadOnlyList<string> Modes { get; } = [.. Models.Select(m => m.Mode)];

    public IReadOnlyList<ChaosCall> Calls => [.. _calls];

    /// <summary>What the simulator received, by the number of the call.</summary>
    public ILookup<int, ReceivedRequest> Received => _received.Values.ToLookup(r => ChaosCall.NumberIn(r.Message));

    public int Answered => _calls.Count(c => c.End == ChaosEnd.Answered);

    public void Start() => _running = Task.WhenAll([.. Enumerable.Range(0, clients).Select(i => Task.Run(() => AskAsync(i))), Task.Run(CollectAsync)]);

    /// <summary>Lets every call that has begun come to its end, and asks no more.</summary>
    public async Task StopAsync()
    {
        _isOver = true;
        await _running;
        Collect();
    }

    private async Task AskAsync(int client)
    {
        var random = new Random(seed + client);
        using var http = new Clients([.. Enumerable.Range(0, home.Gateways.Count).Select(i => WithPatience(home.Client(key, i)))]);
        while (!_isOver)
        {
            var (model, mode) = Models[random.Next(Models.Length)];
            var call = new ChaosCall(Interlocked.Increment(ref _number), mode, random.Next(home.Gateways.Count), random.Next(2) == 0) { Begun = TimeProvider.System.GetUtcNow() };
            _calls.Enqueue(call);
            var text = string.Create(CultureInfo.InvariantCulture, $"call {call.Number}; [[tokens {random.Next(2, 20)}]][[pace {random.Next(5, 40)}]]");
            await AskAsync(http[call.Gateway], call, text, model);
            call.Ended = TimeProvider.System.GetUtcNow();

            // A client that is refused comes back in its own time: an outage is no reason for a storm.
            if (call.End != ChaosEnd.Answered)
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(50, 250)), TimeProvider.System, CancellationToken.None);
        }
    }

    private static async Task AskAsync(HttpClient http, ChaosCall call, string text, string model)
    {
        try
        {
            using var answer = await http.SendAsync(JsonSerializer.Serialize(Chats.Body(text, call.IsStream, model)), CancellationToken.None);
            call.RequestId = answer.Headers.TryGetValues("x-request-id", out var ids) ? ids.Single() : "";
            var body = await answer.Content.ReadAsStringAsync(CancellationToken.None);
            (call.End, call.Words) = Read((int)answer.StatusCode, answer.IsSuccessStatusCode, call.IsStream, body);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            (call.End, call.Words) = (ChaosEnd.Cut, e.Message);
        }
        catch (Exception e)
        {
            call.Words = e.ToString();
        }
    }

    private static (ChaosEnd End, string Words) Read(int status, bool isSuccess, bool isStream, string body)
    {
        if (!isSuccess)
        {
            var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
            return (ChaosEnd.Refused, $"{status} {error.GetProperty("code")}: {error.GetProperty("message")}");
        }
        if (!isStream)
            return JsonDocument.Parse(body).RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString() == "stop" ? (ChaosEnd.Answered, "") : (ChaosEnd.None, body);
        var transcript = SseTranscript.ParseOpen(body);
        if (!transcript.IsDone)
            return (ChaosEnd.Cut, "The stream ended without its end mark.");
        return transcript.Error is { } broken ? (ChaosEnd.BrokenOff, broken.ToString()) : (ChaosEnd.Answered, "");
    }

    private static HttpClient WithPatience(HttpClient client)
    {
        client.Timeout = Patience;
        return client;
    }

    // The simulator keeps its newest requests only.
    private async Task CollectAsync()
    {
        while (!_isOver)
        {
            Collect();
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None);
        }
    }

    private void Collect()
    {
        foreach (var request in home.Grok.Chats)
            _received.TryAdd(request.Number, request);
    }

    /// <summary>One client per gateway.</summary>
    private sealed class Clients(HttpClient[] all) : IDisposable
    {
        public HttpClient this[int gateway] => all[gateway];

        public void Dispose()
        {
            foreach (var client in all)
                client.Dispose();
        }
    }
}
