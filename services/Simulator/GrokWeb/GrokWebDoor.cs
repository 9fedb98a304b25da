using System.Text.Json;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.GrokWeb;

/// <summary>Takes requests for the web upstream: records them, checks them against the protocol, chooses an answer and plays it.</summary>
internal sealed class GrokWebDoor(SimulatedGrok grok, TimeProvider time, IHostApplicationLifetime lifetime) : UpstreamDoor(grok, time, lifetime)
{
    public Task HandleAsync(HttpContext context, GrokWebSurface surface) =>
        PlayAsync(context, surface.Surface, stop => ReceiveAsync(context, surface.Surface, surface, stop), exchange => Grok.Solver.LetsIn(exchange.Request) ? Choose(exchange, surface) : Answer.Challenge());

    /// <summary>Any other path: recorded, reported, 404.</summary>
    public async Task RefuseAsync(HttpContext context)
    {
        using var exchange = await ReceiveAsync(context, Surface.Unknown, null, context.RequestAborted);
        Grok.Log.Add(new Violation(exchange.Request.Number, Surface.Unknown, "1", exchange.Request.Path, $"no such {exchange.Request.Method}"));
        exchange.Request.Status = context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private async Task<Exchange> ReceiveAsync(HttpContext context, Surface surface, GrokWebSurface? rules, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        var request = await ReadAsync(
            context, surface, CookieRules.TokenOf(context.Request.Headers.Cookie), body => rules is { TakesBody: true } ? Parse(body, findings) : null, cancellationToken);
        if (rules is not null)
        {
            Check(context.Request, request, rules, findings);
        }

        return Record(request, findings);
    }

    private void Check(HttpRequest http, ReceivedRequest request, GrokWebSurface rules, Findings findings)
    {
        CookieRules.Check(http.Headers.Cookie, findings);
        Grok.Headers.Check(http.Headers, $"{http.Scheme}://{http.Host}", "/", rules.TakesBody, findings);
        if (request.Json is { } json)
        {
            rules.Check(json, request.Token, findings);
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
