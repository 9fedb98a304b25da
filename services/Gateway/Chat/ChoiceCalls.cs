using System.Runtime.CompilerServices;
using System.Threading.Channels;
using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>Asks the upstream once for each choice, at the same time, and gives the events of all as one sequence: whoever reads it needs no lock.</summary>
internal sealed class ChoiceCalls : IDisposable
{
    private const int MostWaiting = 16;

    private readonly IUpstreamChat _upstream;
    private readonly ChatCall _call;
    private readonly CancellationTokenSource[] _stops;

    public ChoiceCalls(IUpstreamChat upstream, ChatCall call, int count, CancellationToken cancellationToken)
    {
        _upstream = upstream;
        _call = call;
        _stops = new CancellationTokenSource[count];
        for (var i = 0; i < count; i++)
            _stops[i] = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>The choice that the last event read is of.</summary>
    public int Index { get; private set; }

    public IAsyncEnumerable<ChatEvent> ReadAsync(CancellationToken cancellationToken) =>
        _stops.Length == 1 ? _upstream.ChatAsync(_call, _stops[0].Token) : ReadAllAsync(cancellationToken);

    /// <summary>Gives a choice up, and with it its lease.</summary>
    public void Stop(int index) => _stops[index].Cancel();

    public void Dispose()
    {
        foreach (var stop in _stops)
            stop.Dispose();
    }

    private async IAsyncEnumerable<ChatEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var events = Channel.CreateBounded<(int Index, ChatEvent Event)>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
        var reading = Task.WhenAll(Enumerable.Range(0, _stops.Length).Select(index => PassOnAsync(index, events.Writer)));
        var completing = reading.ContinueWith(
            static (done, writer) => ((ChannelWriter<(int, ChatEvent)>)writer!).TryComplete(done.Exception?.InnerException),
            events.Writer, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await foreach (var (index, chatEvent) in events.Reader.ReadAllAsync(cancellationToken))
            {
                Index = index;
                yield return chatEvent;
            }
        }
        finally
        {
            foreach (var stop in _stops)
                await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await completing;
        }
    }

    private async Task PassOnAsync(int index, ChannelWriter<(int Index, ChatEvent Event)> events)
    {
        var ended = false;
        try
        {
            await foreach (var chatEvent in _upstream.ChatAsync(_call, _stops[index].Token))
            {
                ended |= chatEvent.EventCase is ChatEvent.EventOneofCase.Finished or ChatEvent.EventOneofCase.Failed;
                await events.WriteAsync((index, chatEvent), _stops[index].Token);
            }

            // A choice that just ends is a broken answer, and the others need not be waited for.
            if (!ended && !_stops[index].IsCancellationRequested)
                events.TryComplete();
        }
        // What breaks after the end changes nothing.
        catch (Exception) when (ended || _stops[index].IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            events.TryComplete(e);
        }
    }
}
