using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace GrokForge.LoadBench.Upstream;

/// <summary>
/// The fastest upstream there is: it answers both upstream protocols from prepared bytes. A mark in the prompt chooses the stream's pace: #paced one token every
/// five milliseconds, #held one token and then nothing until POST /release, #one a single token; without a mark all tokens at once, each flushed alone.
/// </summary>
internal static class MockUpstream
{
    /// <summary>Tokens of every stream.</summary>
    public const int Tokens = 50;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    /// <summary>How long a paced stream lasts.</summary>
    public static readonly TimeSpan Length = Pace * Tokens;

    private static TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<int> ServeAsync(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
        });
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.RunAsync();
        return 0;
    }

    private static Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/v1/chat/completions" => ChatAsync(context, Frames.OfficialApi),
        "/rest/app-chat/conversations/new" => ChatAsync(context, Frames.Web),
        "/v1/models" => WriteAsync(context.Response, "application/json", Frames.Models),
        "/release" => ReleaseAsync(context),
        _ => NotFoundAsync(context),
    };

    private static async Task ChatAsync(HttpContext context, Frames frames)
    {
        var (streamed, usage, pace) = await ReadAsync(context.Request.BodyReader, context.RequestAborted);
        if (!streamed && frames.Whole.Length > 0)
        {
            await WriteAsync(context.Response, "application/json", frames.Whole);
            return;
        }

        context.Response.ContentType = frames.ContentType;
        var body = context.Response.BodyWriter;
        body.Write(frames.Head);
        for (var i = 0; i < (pace is StreamPace.One ? 1 : Tokens); i++)
        {
            if (pace is StreamPace.Slow)
                frames.WriteToken(body, i, Stopwatch.GetTimestamp());
            else
                frames.WriteWord(body, i);
            await body.FlushAsync(context.RequestAborted);
            if (pace is StreamPace.Held && i == 0)
                await _held.Task.WaitAsync(context.RequestAborted);
            if (pace is StreamPace.Slow)
                await Task.Delay(Pace, TimeProvider.System, context.RequestAborted);
        }

        body.Write(frames.End);
        if (usage)
            body.Write(frames.Usage);
        body.Write(frames.Last);
        await body.FlushAsync(context.RequestAborted);
    }

    /// <summary>Reads the request whole; only three things in it matter here.</summary>
    private static async Task<(bool Streamed, bool Usage, StreamPace Pace)> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            var body = read.Buffer.IsSingleSegment ? read.Buffer.FirstSpan : read.Buffer.ToArray();
            var pace = body.IndexOf("#paced"u8) >= 0 ? StreamPace.Slow : body.IndexOf("#held"u8) >= 0 ? StreamPace.Held : body.IndexOf("#one"u8) >= 0 ? StreamPace.One : StreamPace.Fast;
            var streamed = body.IndexOf("\"stream\":true"u8) >= 0;
            var usage = body.IndexOf("\"include_usage\":true"u8) >= 0;
            reader.AdvanceTo(read.Buffer.End);
            return (streamed, usage, pace);
        }
    }

    private static Task ReleaseAsync(HttpContext context)
    {
        Interlocked.Exchange(ref _held, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static async Task WriteAsync(HttpResponse response, string contentType, byte[] body)
    {
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body);
    }

    private enum StreamPace
    {
        Fast,
        Slow,
        Held,
        One,
    }
}
