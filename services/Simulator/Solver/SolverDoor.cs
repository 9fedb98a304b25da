using System.Text.Json;
using GrokForge.Simulator.GrokWeb;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;

namespace GrokForge.Simulator.Solver;

/// <summary>Takes requests for the simulated FlareSolverr, POST /v1: records them, checks them, chooses an answer and plays it.</summary>
internal sealed class SolverDoor(SimulatedGrok grok, TimeProvider time, IHostApplicationLifetime lifetime) : UpstreamDoor(grok, time, lifetime)
{
    public const string Path = "/v1";

    public Task HandleAsync(HttpContext context) =>
        PlayAsync(context, Surface.Solver, stop => ReceiveAsync(context, stop), exchange => Grok.Solver.Scripts.Choose(exchange.Request) ?? Grok.Solver.Solve());

    private async Task<Exchange> ReceiveAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var findings = new Findings();
        var request = await ReadAsync(context, Surface.Solver, "", Parse, cancellationToken);
        SimulatedSolver.Check(request, findings);
        return Record(request, findings);
    }

    private static JsonElement? Parse(byte[] body)
    {
        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
