using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.GrokWeb;

/// <summary>Plays one answer on one response, step by step; nothing is kept back until the end.</summary>
internal sealed class AnswerWriter(HttpContext context, Exchange exchange, GateBook gates, TimeProvider time)
{
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> buffer = new(512);

    public async Task WriteAsync(Answer answer, CancellationToken cancellationToken)
    {
        foreach (var step in answer.Opening)
        {
            await WaitAsync(step, cancellationToken);
        }

        var response = context.Response;
        response.StatusCode = answer.StatusCode;
        exchange.Request.Status = answer.StatusCode;
        foreach (var (name, value) in answer.Headers)
        {
            response.Headers[name] = value;
        }

        if (answer.Steps.IsEmpty)
        {
            exchange.Leave();
            response.ContentLength = 0;
            return;
        }

        response.ContentType = answer.ContentType;
        await response.StartAsync(cancellationToken);
        await WriteBodyAsync(answer, cancellationToken);
    }

    private async Task WriteBodyAsync(Answer answer, CancellationToken cancellationToken)
    {
        var delivery = answer.Delivery;
        var body = new CutBody(context.Response.BodyWriter, delivery, time);
        using var json = new Utf8JsonWriter(buffer, JsonOptions);
        var ids = AnswerIds.For(exchange.Request.Number);
        foreach (var step in answer.Steps)
        {
            switch (step)
            {
                case EventStep e:
                    await PaceAsync(delivery, body, cancellationToken);
                    await WriteFramedAsync(e, ids, json, delivery, body, cancellationToken);
                    break;
                case RawStep raw:
                    await SendAsync(raw.Bytes, delivery, body, cancellationToken);
                    break;
                default:
                    await body.FlushAsync(cancellationToken);
                    await WaitAsync(step, cancellationToken);
                    break;
            }
        }

        exchange.Leave();
        if (delivery.Framing is Framing.ServerSent)
        {
            await SendAsync("data: [DONE]\n\n"u8.ToArray(), delivery, body, cancellationToken);
        }
    }

    private async Task WriteFramedAsync(EventStep step, AnswerIds ids, Utf8JsonWriter json, Delivery delivery, CutBody body, CancellationToken cancellationToken)
    {
        buffer.ResetWrittenCount();
        if (delivery.Framing is Framing.ServerSent)
        {
            buffer.Write("data: "u8);
        }

        json.Reset();
        step.Write(json, ids);
        json.Flush();
        buffer.Write(delivery.Framing switch
        {
            Framing.LinesCrlf => "\r\n"u8,
            Framing.ServerSent => "\n\n"u8,
            Framing.Glued => [],
            _ => "\n"u8,
        });

        if (step.Answers && !body.DropsWithin(buffer.WrittenCount))
        {
            exchange.MarkServed();
        }

        if (step.Last)
        {
            exchange.Leave();
        }

        await SendAsync(buffer.WrittenMemory, delivery, body, cancellationToken);
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, Delivery delivery, CutBody body, CancellationToken cancellationToken)
    {
        var before = body.Written;
        try
        {
            await body.WriteAsync(bytes, cancellationToken);
            if (!delivery.CutsOnly)
            {
                await body.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            exchange.Request.AddBytes(body.Written - before);
        }
    }

    private async ValueTask PaceAsync(Delivery delivery, CutBody body, CancellationToken cancellationToken)
    {
        if (delivery.Pace > TimeSpan.Zero)
        {
            await body.FlushAsync(cancellationToken);
            await Task.Delay(delivery.Pace, time, cancellationToken);
        }
    }

    private async Task WaitAsync(AnswerStep step, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case PauseStep pause:
                await Task.Delay(pause.Length, time, cancellationToken);
                break;
            case HoldStep hold:
                await gates[hold.Gate].PassAsync(cancellationToken);
                break;
            case StallStep:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
                break;
            case DropStep { Reset: false } when context.Response.HasStarted:
                exchange.Leave();
                throw new DroppedConnectionException();
            case DropStep:
                exchange.Leave();
                context.Abort();
                throw new DroppedConnectionException();
        }
    }
}
