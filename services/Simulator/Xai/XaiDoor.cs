using System.Text.Json;
using GrokForge.Simulator.GrokWeb;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.Xai;

/// <summary>Takes requests for the official API: records them, checks them, chooses an answer and plays it.</summary>
internal sealed class XaiDoor(SimulatedGrok grok, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const string Scheme = "Bearer ";

    public async Task HandleAsync(HttpContext context, XaiSurface surface)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var exchange = await ReceiveAsync(context, surface, stop.Token);
        await using var leaving = context.RequestAborted.Register(exchange.MarkDisconnected);
        try
        {
            await new AnswerWriter(context, exchange, grok.Gates, time).WriteAsync(Choose(exchange.Request, surface), stop.Token);
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

    private async Task<Exchange> ReceiveAsync(HttpContext context, XaiSurface surface, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, cancellationToken);
        var authorization = context.Request.Headers.Authorization.ToString();
        var findings = new Findings();
        var request = new ReceivedRequest
        {
            Number = grok.Log.NextNumber(),
            Surface = surface.Surface,
            Method = context.Request.Method,
            Path = context.Request.Path + context.Request.QueryString,
            Token = authorization.StartsWith(Scheme, StringComparison.Ordinal) ? authorization[Scheme.Length..] : "",
            Headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.Select(value => value ?? "").ToArray(), StringComparer.OrdinalIgnoreCase),
            Body = content.ToArray(),
            Json = Parse(content.ToArray(), findings),
            ReceivedAt = time.GetUtcNow(),
        };

        XaiRules.Check(request, findings);
        surface.Check(request, findings);
        foreach (var (section, item, problem) in findings.All)
        {
            grok.Log.Add(new Violation(request.Number, request.Surface, section, item, problem));
        }

        var exchange = new Exchange(request, grok, time);
        if (surface.Surface is Surface.ApiChat)
        {
            exchange.Enter();
        }

        grok.Log.Add(request);
        return exchange;
    }

    private static Answer Choose(ReceivedRequest request, XaiSurface surface) =>
        surface.Scripts.Choose(request)
        ?? (request.Token.Length == 0 ? XaiRefusal.Unauthorized()
            : request.Method == HttpMethods.Post && request.Json is not { ValueKind: JsonValueKind.Object } ? XaiRefusal.Of(400, "Client specified an invalid argument", "The body is not JSON.")
            : surface.Reply(request));

    private static JsonElement? Parse(byte[] body, Findings findings)
    {
        if (body.Length == 0)
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 512 });
        }
        catch (JsonException)
        {
            findings.Add("xai", "body", "must be JSON that names no field twice");
            return null;
        }
    }
}
