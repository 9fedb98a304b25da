using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.Control;

/// <summary>The endpoints through which another process scripts the simulator and reads what it received.</summary>
internal static class ControlEndpoints
{
    public static void MapControl(this WebApplication app)
    {
        var grok = app.Services.GetRequiredService<SimulatedGrok>();
        app.MapGet("/", context => context.Response.WriteAsync(StartPage.Text, context.RequestAborted));
        app.MapGet("/health", context => context.Response.WriteAsync("Healthy", context.RequestAborted));
        app.MapGet("/alive", context => context.Response.WriteAsync("Healthy", context.RequestAborted));

        var control = app.MapGroup("/_simulator");
        control.MapGet("/requests", context => WriteAsync(context, Requests(grok, context.Request.Query), SimulatorJson.Default.RequestViewArray));
        control.MapGet("/stats", context => WriteAsync(context, StatsView.Of(grok), SimulatorJson.Default.StatsView));
        control.MapGet("/violations", context => WriteAsync(context, Violations(grok), SimulatorJson.Default.ViolationViewArray));
        control.MapGet("/gates", context => WriteAsync(context, Gates(grok), SimulatorJson.Default.GateViewArray));
        control.MapPost("/gates/{name}/open", context => DoneAsync(context, () => grok.Gate((string)context.Request.RouteValues["name"]!).Open()));
        control.MapPost("/challenge/{state}", context => ChallengeAsync(context, grok.Solver));
        control.MapPost("/reset", context => DoneAsync(context, grok.Reset));
        control.MapPost("/script", context => ApplyAsync(context, SimulatorJson.Default.ScriptCommand, command => Script(grok, command)));
        control.MapPost("/quota", context => ApplyAsync(context, SimulatorJson.Default.QuotaCommand, command => SetQuota(grok, command)));
    }

    /// <summary>on: only requests with a clearance of the solver get past; expire: all given so far are worthless; off: everyone gets past.</summary>
    private static Task ChallengeAsync(HttpContext context, Solver.SimulatedSolver solver)
    {
        switch (context.Request.RouteValues["state"])
        {
            case "on":
                return DoneAsync(context, () => solver.IsGateClosed = true);
            case "expire":
                return DoneAsync(context, solver.Expire);
            case "off":
                return DoneAsync(context, () => solver.IsGateClosed = false);
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private static RequestView[] Requests(SimulatedGrok grok, IQueryCollection query) =>
    [
        .. grok.Requests
            .Where(request => !query.TryGetValue("token", out var token) || request.Token == token)
            .Where(request => !query.TryGetValue("surface", out var surface) || request.Surface.ToString().Equals(surface, StringComparison.OrdinalIgnoreCase))
            .Select(RequestView.Of),
    ];

    private static ViolationView[] Violations(SimulatedGrok grok) => [.. grok.Violations.Select(v => new ViolationView(v.Request, v.Surface, v.Section, v.Item, v.Problem))];

    private static GateView[] Gates(SimulatedGrok grok) => [.. grok.Gates.All.Select(pair => new GateView(pair.Key, pair.Value.Waiting))];

    private static string? Script(SimulatedGrok grok, ScriptCommand command)
    {
        if (command.Surface is Surface.Unknown)
        {
            return "surface must be chat, quota, upload, apiChat, apiModels, apiImages or solver.";
        }

        var book = command.Surface switch { Surface.Quota => grok.RateLimits, Surface.Upload => grok.Uploads, Surface.Solver => grok.Solver.Scripts, _ => grok.Xai.Surfaces.FirstOrDefault(s => s.Surface == command.Surface)?.Scripts ?? grok.Chat };
        var script = command.Token is null ? book.ForAnyToken : book.ForToken(command.Token);
        if (command.Clear)
        {
            script.Clear();
            return null;
        }

        if ((command.Answer is null) == (command.Objects is null))
        {
            return "Give either answer or objects.";
        }

        var answer = AnswerOf(command);
        if (command.Times <= 0)
        {
            script.Respond(answer);
        }

        for (var i = 0; i < command.Times; i++)
        {
            script.Next(answer);
        }

        return null;
    }

    /// <summary>An answer without words of its own echoes the prompt, as an unscripted one does.</summary>
    private static Func<ReceivedRequest, Answer> AnswerOf(ScriptCommand command)
    {
        if (command.Objects is { } objects)
        {
            var fixedAnswer = objects.Aggregate(Answer.Nothing(), (answer, json) => answer.Event(json.GetRawText()));
            return _ => fixedAnswer;
        }

        return request => PromptMarkers.Read(
            command.Answer!,
            text => text.Length > 0 ? text : "Hello from the simulator. You said: " + GrokWeb.Chat.FlattenedPrompt.LastUserText(request.Message));
    }

    private static string? SetQuota(SimulatedGrok grok, QuotaCommand command)
    {
        if (command.Enforced is { } enforced)
        {
            grok.Quota.Enforced = enforced;
        }

        if (command.Token is null)
        {
            return command.Enforced is null ? "Give a token, or enforced." : null;
        }

        if (command.Tier is { } tier)
        {
            grok.Quota.SetTier(command.Token, tier);
        }

        if (command.Mode is null)
        {
            return command.Tier is null ? "Give a tier, or a mode with total or remaining." : null;
        }

        if (command.Total is { } total)
        {
            grok.Quota.SetWindow(command.Token, command.Mode, total, TimeSpan.FromSeconds(command.WindowSeconds ?? 7200));
        }

        if (command.Remaining is { } remaining)
        {
            grok.Quota.SetRemaining(command.Token, command.Mode, remaining);
        }

        return null;
    }

    private static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) => context.Response.WriteAsJsonAsync(value, type, cancellationToken: context.RequestAborted);

    private static Task DoneAsync(HttpContext context, Action action)
    {
        action();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static async Task ApplyAsync<T>(HttpContext context, JsonTypeInfo<T> type, Func<T, string?> apply)
    {
        string? problem;
        try
        {
            var command = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            problem = command is null ? "The body must be an object." : apply(command);
        }
        catch (JsonException exception)
        {
            problem = exception.Message;
        }

        context.Response.StatusCode = problem is null ? StatusCodes.Status204NoContent : StatusCodes.Status400BadRequest;
        if (problem is not null)
        {
            await context.Response.WriteAsync(problem, context.RequestAborted);
        }
    }
}
