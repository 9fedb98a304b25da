using System.Text.Json;
using GrokForge.Simulator.GrokWeb;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator;

/// <summary>What the doors of both upstreams do alike: read a request, record it with what is wrong with it, and play the answer chosen for it.</summary>
internal abstract class UpstreamDoor(SimulatedGrok grok, TimeProvider time, IHostApplicationLifetime lifetime)
{
    protected SimulatedGrok Grok => grok;

    protected async Task PlayAsync(HttpContext context, Surface surface, Func<CancellationToken, Task<Exchange>> receive, Func<Exchange, Answer> choose)
    {
        try
        {
            await AnswerAsync(context, receive, choose);
        }
        catch (Exception exception) when (exception is not (DroppedConnectionException or OperationCanceledException or IOException))
        {
            // A fault of the simulator or of a test's script must not look like an upstream's 500.
            grok.Log.Add(new Violation(grok.Log.RequestCount, surface, "-", "simulator", exception.ToString()));
            throw;
        }
    }

    protected async Task<ReceivedRequest> ReadAsync(HttpContext context, Surface surface, string token, Func<byte[], JsonElement?> parse, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, cancellationToken);
        var body = content.ToArray();
        return new ReceivedRequest
        {
            Number = grok.Log.NextNumber(),
            Surface = surface,
            Method = context.Request.Method,
            Path = context.Request.Path + context.Request.QueryString,
            Token = token,
            Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.Select(value => value ?? "").ToArray(), StringComparer.OrdinalIgnoreCase),
            Connection = context.Connection.Id,
            Body = body,
            Json = parse(body),
            ReceivedAt = time.GetUtcNow(),
        };
    }

    protected Exchange Record(ReceivedRequest request, Findings findings)
    {
        foreach (var (section, item, problem) in findings.All)
        {
            grok.Log.Add(new Violation(request.Number, request.Surface, section, item, problem));
        }

        var exchange = new Exchange(request, grok, time);
        if (request.Surface is Surface.Chat or Surface.ApiChat)
        {
            exchange.Enter();
        }

        grok.Log.Add(request);
        return exchange;
    }

    private async Task AnswerAsync(HttpContext context, Func<CancellationToken, Task<Exchange>> receive, Func<Exchange, Answer> choose)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var exchange = await receive(stop.Token);
        await using var leaving = context.RequestAborted.Register(exchange.MarkDisconnected);
        try
        {
            await new AnswerWriter(context, exchange, grok.Gates, time).WriteAsync(choose(exchange), stop.Token);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (OperationCanceledException)
        {
            exchange.MarkDisconnected();
            context.Abort();
        }
        catch (DroppedConnectionException) when (!context.Response.HasStarted)
        {
            // The connection is aborted already; without headers there is nothing to leave unfinished.
        }
    }
}
