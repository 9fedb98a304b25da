using System.Text.Json;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.GrokWeb;

/// <summary>Takes requests for the web upstream: records them, checks them against the protocol, chooses an answer and plays it.</summary>
internal sealed class GrokWebDoor(SimulatedGrok grok, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public async Task HandleAsync(HttpContext context, GrokWebSurface surface)
    {
        try
        {
            await AnswerAsync(context, surface);
        }
        catch (Exception exception) when (exception is not (DroppedConnectionException or OperationCanceledException or IOException))
        {
            // A fault of the simulator or of a test's script must not look like an upstream's 500.
            grok.Log.Add(new Violation(grok.Log.RequestCount, surface.Surface, "-", "simulator", exception.ToString()));
            throw;
        }
    }

    /// <summary>Any other path: recorded, reported, 404.</summary>
    public async Task RefuseAsync(HttpContext context)
    {
        using var exchange = await ReceiveAsync(context, Surface.Unknown, null, context.RequestAborted);
        grok.Log.Add(new Violation(exchange.Request.Number, Surface.Unknown, "1", exchange.Request.Path, $"no such {exchange.Request.Method}"));
        exchange.Request.Status = context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private async Task AnswerAsync(HttpContext context, GrokWebSurface surface)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var exchange = await ReceiveAsync(context, surface.Surface, surface, stop.Token);
        await using var leaving = context.RequestAborted.Register(exchange.MarkDisconnected);
        try
        {
            await new AnswerWriter(context, exchange, grok.Gates, time).WriteAsync(Choose(exchange, surface), stop.Token);
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

    private async Task<Exchange> ReceiveAsync(HttpContext context, Surface surface, GrokWebSurface? rules, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, cancellationToken);
        var body = content.ToArray();
        var findings = new Findings();
        var json = rules is { TakesBody: false } ? null : Parse(body, findings);
        var request = new ReceivedRequest
        {
            Number = grok.Log.NextNumber(),
            Surface = surface,
            Method = context.Request.Method,
            Path = context.Request.Path + context.Request.QueryString,
            Token = CookieRules.TokenOf(context.Request.Headers.Cookie),
            Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.Select(value => value ?? "").ToArray(), StringComparer.OrdinalIgnoreCase),
            Body = body,
            Json = json,
            ReceivedAt = time.GetUtcNow(),
        };

        if (rules is not null)
        {
            Check(context.Request, request, rules, findings);
        }

        var exchange = new Exchange(request, grok, time);
        if (surface is Surface.Chat)
        {
            exchange.Enter();
        }

        grok.Log.Add(request);
        return exchange;
    }

    private void Check(HttpRequest http, ReceivedRequest request, GrokWebSurface rules, Findings findings)
    {
        CookieRules.Check(http.Headers.Cookie, findings);
        grok.Headers.Check(http.Headers, $"{http.Scheme}://{http.Host}", "/", rules.TakesBody, findings);
        if (request.Json is { } json)
        {
            rules.Check(json, request.Token, findings);
        }

        foreach (var (section, item, problem) in findings.All)
        {
            grok.Log.Add(new Violation(request.Number, request.Surface, section, item, problem));
        }
    }

    private static Answer Choose(Exchange exchange, GrokWebSurface surface)
    {
        var request = exchange.Request;
        var answer = surface.Scripts.Choose(request) ?? ByToken(request, surface);
        return answer.Answers && !exchange.TryTakeUnit() ? Answer.RateLimited() : answer;
    }

    private static Answer ByToken(ReceivedRequest request, GrokWebSurface surface)
    {
        if (request.Token.Length == 0)
        {
            return Answer.Unauthorized();
        }

        return TokenPrefixes.Of(request.Token)?.Answer?.Invoke(surface.Surface, Ordinary) ?? Ordinary();

        Answer Ordinary() => request.Json is null && surface.TakesBody
            ? Answer.Failure(400, 3, "Invalid request body")
            : surface.Reply(request);
    }

    private static JsonElement? Parse(byte[] body, Findings findings)
    {
        try
        {
            return JsonElement.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            // Told apart below: a repeated field is still readable, anything else is not.
        }

        try
        {
            var json = JsonElement.Parse(body);
            findings.Add("3.1", "body", "names a field twice");
            return json;
        }
        catch (JsonException)
        {
            findings.Add("3.1", "body", "must be JSON");
            return null;
        }
    }
}
