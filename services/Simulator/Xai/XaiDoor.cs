using System.Text.Json;
using GrokForge.Simulator.GrokWeb;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.Xai;

/// <summary>Takes requests for the official API: records them, checks them, chooses an answer and plays it.</summary>
internal sealed class XaiDoor(SimulatedGrok grok, TimeProvider time, IHostApplicationLifetime lifetime) : UpstreamDoor(grok, time, lifetime)
{
    private const string Scheme = "Bearer ";

    public Task HandleAsync(HttpContext context, XaiSurface surface) =>
        PlayAsync(context, surface.Surface, stop => ReceiveAsync(context, surface, stop), exchange => Choose(exchange.Request, surface));

    private async Task<Exchange> ReceiveAsync(HttpContext context, XaiSurface surface, CancellationToken cancellationToken)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        var token = authorization.StartsWith(Scheme, StringComparison.Ordinal) ? authorization[Scheme.Length..] : "";
        var findings = new Findings();
        var request = await ReadAsync(context, surface.Surface, token, body => Parse(body, findings), cancellationToken);
        XaiRules.Check(request, findings);
        surface.Check(request, findings);
        return Record(request, findings);
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
