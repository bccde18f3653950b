import inventory_sync.lib.quantities
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_what_conflicts_show'),
    ]

    operations = [
        migrations.AddField(
            model_name='listingitem',
            name='seen_safety_stock',
            field=inventory_sync.lib.quantities.QuantityField(default=0, help_text='What the store itself keeps from selling, if it does.', verbose_name='safety stock in the store'),
        ),
    ]
